package domain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestAppendValue(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, "6e"},
		{int64(-2), "69fffffffffffffffe"},
		{1.5, "723ff8000000000000"},
		{"é", "740000000000000002c3a9"},
		{[]byte{0}, "62000000000000000100"},
		{[]byte(nil), "620000000000000000"},
	} {
		got, err := domain.AppendValue(nil, c.value)
		require.NoError(t, err)
		assert.Equal(t, c.want, hex.EncodeToString(got), "%T", c.value)
	}
	_, err := domain.AppendValue(nil, true)
	require.Error(t, err)
}

func TestRowSum(t *testing.T) {
	rows := [][]byte{[]byte("one"), []byte("two"), []byte("two"), []byte("three"), {}}
	want := new(big.Int)
	var there, back domain.RowSum
	for i, r := range rows {
		h := sha256.Sum256(r)
		want.Add(want, new(big.Int).SetBytes(h[:]))
		there.Add(r)
		var one domain.RowSum
		one.Add(rows[len(rows)-1-i])
		back.Plus(one)
	}
	want.Mod(want, new(big.Int).Lsh(big.NewInt(1), 256))
	assert.Equal(t, hex.EncodeToString(want.FillBytes(make([]byte, 32))), there.String())
	assert.Equal(t, there, back, "the order does not matter")
	assert.EqualValues(t, 5, there.Rows())

	var once domain.RowSum
	for _, r := range [][]byte{rows[0], rows[1], rows[3], rows[4]} {
		once.Add(r)
	}
	assert.NotEqual(t, there.String(), once.String(), "a row that occurs twice counts twice")
	assert.Equal(t, "0000000000000000000000000000000000000000000000000000000000000000", domain.RowSum{}.String())
}
