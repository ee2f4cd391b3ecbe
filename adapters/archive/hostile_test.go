package archive

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// entry is one entry of a hostile tar.
type entry struct {
	tar.Header
	data string
}

func file(name, data string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(data))}, data}
}

// indexFor promises these files.
func indexFor(files ...entry) entry {
	var lines []string
	for _, f := range files {
		lines = append(lines, fmt.Sprintf(`{"path":%q,"mode":"0600","size":%d,"sha256":%q}`, f.Name, len(f.data), hexSum(f.data)))
	}
	return rawIndex(strings.Join(lines, ","))
}

func rawIndex(files string) entry {
	return file(indexName, `{"format":1,"stamp":"20260409T060000Z","files":[`+files+`]}`)
}

func tarOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		require.NoError(t, w.WriteHeader(&e.Header), e.Name)
		_, err := io.WriteString(w, e.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// seal compresses and encrypts, as somebody with the public key could.
func seal(t *testing.T, recipient string, plain []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	z, err := zstd.NewWriter(&packed)
	require.NoError(t, err)
	_, err = z.Write(plain)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return sealRaw(t, recipient, packed.Bytes())
}

func sealRaw(t *testing.T, recipient string, packed []byte) []byte {
	t.Helper()
	r, err := age.ParseX25519Recipient(recipient)
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	require.NoError(t, err)
	_, err = w.Write(packed)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// Whatever somebody puts into an archive who has the public key: a clear error,
// and nothing outside of the folder.
func TestHostileArchives(t *testing.T) {
	key, recipient := keyFile(t)
	good := file("db/a", "content")
	link := entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: "db", Linkname: "/tmp"}}
	limits := domain.ArchiveLimits{Stamp: "20260409T060000Z", Files: 10, Bytes: 1 << 20}
	bomb := func(n int) string { return strings.Repeat("\x00", n) }
	cases := map[string]struct {
		make func(t *testing.T) []byte
		want string
	}{
		"no index":            {func(t *testing.T) []byte { return tarOf(t, good) }, "not with its index"},
		"nothing at all":      {func(*testing.T) []byte { return nil }, "ends before"},
		"no tar":              {func(*testing.T) []byte { return []byte(strings.Repeat("x", 2000)) }, "damaged or was tampered"},
		"an unreadable index": {func(t *testing.T) []byte { return tarOf(t, file(indexName, "{")) }, "index cannot be read"},
		"an unknown field": {func(t *testing.T) []byte {
			return tarOf(t, file(indexName, `{"format":1,"stamp":"20260409T060000Z","files":[],"more":1}`))
		}, "index cannot be read"},
		"a newer form": {func(t *testing.T) []byte { return tarOf(t, file(indexName, `{"format":2}`)) }, "update atocore"},
		"no stamp":     {func(t *testing.T) []byte { return tarOf(t, file(indexName, `{"format":1,"stamp":"../x","files":[]}`)) }, "names no stamp"},
		"another backup": {func(t *testing.T) []byte {
			return tarOf(t, file(indexName, `{"format":1,"stamp":"20200101T000000Z","files":[]}`))
		}, "not 20260409T060000Z"},
		"a file not promised":    {func(t *testing.T) []byte { return tarOf(t, indexFor(), good) }, `has "db/a" where`},
		"a promise not kept":     {func(t *testing.T) []byte { return tarOf(t, indexFor(good)) }, "ends before everything"},
		"another content":        {func(t *testing.T) []byte { return tarOf(t, indexFor(good), file("db/a", "CONTENT")) }, "SHA-256"},
		"more than promised":     {func(t *testing.T) []byte { return tarOf(t, indexFor(good), file("db/a", "content and more")) }, "were promised"},
		"another order":          {func(t *testing.T) []byte { b := file("b", ""); return tarOf(t, indexFor(good, b), b, good) }, `has "b" where`},
		"the same file again":    {func(t *testing.T) []byte { return tarOf(t, indexFor(good), good, good) }, `has "db/a" twice`},
		"twice in the index":     {func(t *testing.T) []byte { return tarOf(t, indexFor(good, good), good, good) }, `"db/a" twice`},
		"twice but for the case": {func(t *testing.T) []byte { return tarOf(t, indexFor(good, file("DB/A", "x")), good) }, "twice"},
		"a file as a folder": {func(t *testing.T) []byte {
			a, b := file("x", "1"), file("x/y", "2")
			return tarOf(t, indexFor(a, b), a, b)
		}, "x/y"},
		"a link":            {func(t *testing.T) []byte { return tarOf(t, indexFor(good), link, good) }, `"db" is a link`},
		"a link at the end": {func(t *testing.T) []byte { return tarOf(t, indexFor(good), good, link) }, `"db" is a link`},
		"a link of that name": {func(t *testing.T) []byte {
			return tarOf(t, indexFor(good), entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: "db/a", Linkname: "../../out"}})
		}, `"db/a" is a link`},
		"a hard link": {func(t *testing.T) []byte {
			return tarOf(t, indexFor(good), entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: "db/a", Linkname: "/etc/passwd"}})
		}, `"db/a" is a link`},
		"a device": {func(t *testing.T) []byte {
			return tarOf(t, indexFor(good), entry{Header: tar.Header{Typeflag: tar.TypeBlock, Name: "db/a", Devmajor: 8}})
		}, `"db/a" is a link, a folder or a device`},
		"a pipe": {func(t *testing.T) []byte {
			return tarOf(t, indexFor(good), entry{Header: tar.Header{Typeflag: tar.TypeFifo, Name: "db/a"}})
		}, `"db/a" is a link`},
		"a folder": {func(t *testing.T) []byte {
			return tarOf(t, indexFor(good), entry{Header: tar.Header{Typeflag: tar.TypeDir, Name: "db/"}}, good)
		}, `"db/" is a link, a folder`},
		"an attribute": {func(t *testing.T) []byte {
			e := good
			e.PAXRecords = map[string]string{"SCHILY.xattr.user.x": "y"}
			return tarOf(t, indexFor(good), e)
		}, "attribute"},
		"a sparse file": {func(t *testing.T) []byte {
			e := file("db/a", "content")
			e.PAXRecords = map[string]string{"ATOCORE.x": "1"}
			return tarOf(t, indexFor(good), e)
		}, "attribute"},
		"something after the end": {func(t *testing.T) []byte { return append(tarOf(t, indexFor(good), good), "hello"...) }, "something follows its end"},
		"zeros without end":       {func(t *testing.T) []byte { return append(tarOf(t, indexFor(good), good), bomb(1<<24)...) }, "something follows its end"},
		"a bomb that says so":     {func(t *testing.T) []byte { b := file("db/a", bomb(1<<24)); return tarOf(t, indexFor(b), b) }, "more than the 1048576 bytes"},
		"a bomb that lies":        {func(t *testing.T) []byte { return tarOf(t, indexFor(good), file("db/a", bomb(1<<24))) }, "were promised"},
		"sizes that overflow": {func(t *testing.T) []byte {
			line := `{"path":"%s","mode":"0600","size":9223372036854775807,"sha256":"` + hexSum("") + `"}`
			return tarOf(t, rawIndex(fmt.Sprintf(line+","+line, "a", "b")))
		}, "more than the"},
		"a negative size": {func(t *testing.T) []byte {
			return tarOf(t, rawIndex(`{"path":"a","mode":"0600","size":-1,"sha256":"`+hexSum("")+`"}`))
		}, "the size -1"},
		"no hash": {func(t *testing.T) []byte {
			return tarOf(t, rawIndex(`{"path":"a","mode":"0600","size":0,"sha256":""}`))
		}, "no SHA-256"},
		"a set-uid mode": {func(t *testing.T) []byte {
			return tarOf(t, rawIndex(`{"path":"a","mode":"4755","size":0,"sha256":"`+hexSum("")+`"}`))
		}, "the mode"},
		"too many files": {func(t *testing.T) []byte {
			var f []entry
			for i := range 11 {
				f = append(f, file(fmt.Sprint("f", i), ""))
			}
			return tarOf(t, append([]entry{indexFor(f...)}, f...)...)
		}, "11 files"},
		"an index of itself": {func(t *testing.T) []byte { return tarOf(t, indexFor(file(indexName, "x"))) }, "has the path"},
	}
	for _, path := range []string{"../out", "/abs", "a/../../out", "..", ".", "", "a//b", "a/./b", `..\out`, `C:\x`, "c:x", "a\x00b", "a/", "./a"} {
		cases["path "+path] = struct {
			make func(t *testing.T) []byte
			want string
		}{func(t *testing.T) []byte {
			return tarOf(t, rawIndex(fmt.Sprintf(`{"path":%s,"mode":"0600","size":1,"sha256":%q}`, jsonText(path), hexSum("x"))))
		}, "has the path"}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			raw := seal(t, recipient, c.make(t))
			home := t.TempDir()
			into := filepath.Join(home, "scratch", "here")
			require.NoError(t, os.MkdirAll(into, 0o700))
			_, err := New(Config{IdentityFile: key}).Unpack(t.Context(), bytes.NewReader(raw), into, limits, nil)
			require.Error(t, err)
			if name != "a newer form" {
				assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
			}
			assert.ErrorContains(t, err, c.want)
			onlyScratch(t, home, into)
		})
	}
}

func jsonText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, "\x00", `\u0000`).Replace(s) + `"`
}

// onlyScratch checks that nothing but plain files came below into.
func onlyScratch(t *testing.T, home, into string) {
	t.Helper()
	var bytes int64
	require.NoError(t, filepath.Walk(home, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		assert.True(t, info.IsDir() || info.Mode().IsRegular(), path)
		if !info.IsDir() {
			assert.True(t, strings.HasPrefix(path, into+string(filepath.Separator)), path)
			bytes += info.Size()
		}
		return nil
	}))
	assert.LessOrEqual(t, bytes, int64(1<<20), "no more than the limit was written")
}

// What is in age is not what it should be.
func TestHostileEnvelopes(t *testing.T) {
	key, recipient := keyFile(t)
	limits := domain.ArchiveLimits{Files: 10, Bytes: 1 << 20}
	window, err := zstd.NewWriter(nil, zstd.WithWindowSize(64<<20))
	require.NoError(t, err)
	for name, raw := range map[string][]byte{
		"nothing":            nil,
		"not age":            []byte("PK\x03\x04 a zip file"),
		"not zstd":           sealRaw(t, recipient, []byte("hello")),
		"empty inside":       sealRaw(t, recipient, nil),
		"a greedy window":    sealRaw(t, recipient, window.EncodeAll(bytes.Repeat([]byte("0123456789abcdef"), 8<<20), nil)[:1000]),
		"a cut zstd frame":   sealRaw(t, recipient, window.EncodeAll(tarOf(t, indexFor(file("a", "b")), file("a", "b")), nil)[:30]),
		"armoured by chance": []byte("-----BEGIN AGE ENCRYPTED FILE-----\n"),
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			into := filepath.Join(home, "scratch")
			require.NoError(t, os.Mkdir(into, 0o700))
			_, err := New(Config{IdentityFile: key}).Unpack(t.Context(), bytes.NewReader(raw), into, limits, nil)
			assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.NotEmpty(t, e.Hint)
			onlyScratch(t, home, into)
		})
	}
}
