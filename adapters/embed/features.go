package embed

import "math"

// The weights of the features, relative to each other. They are part of the model:
// see LocalModel.
const (
	contentWeight = 8 // of a word
	stopWeight    = 1 // of a stop word
	gramWeight    = 16
	// jointWeight is the weight of the joint of two words: enough for "time-out"
	// to meet "timeouts", and little beside the words themselves.
	jointWeight = contentWeight * gramWeight / 2
	// stemShare is the weight of the whole stem, squared, as a share of that of
	// its sequences together. Exact words are what full text finds already: with
	// 0.5, misspelt questions found 0.64 of their answers instead of 0.69.
	stemShare = 0.1

	shortestGram = 3
	longestGram  = 5
)

// frequency returns the weight of a feature that a text holds n times: its square
// root in sixteenths, not above that of 16.
func frequency(n int) int64 {
	return int64(16 * math.Sqrt(float64(min(n, 16))))
}

// addWord adds the features of one stem: its character sequences, with its
// beginning and end marked, and the stem as a whole.
func (s *scratch) addWord(stem []rune, weight int64) {
	s.marked = append(append(append(s.marked[:0], '<'), stem...), '>')
	grams := 0
	for i := range s.marked {
		h := gramSeed
		for n, r := range s.marked[i:min(i+longestGram, len(s.marked))] {
			h = (h ^ uint64(r)) * hashPrime
			if n+1 >= shortestGram {
				s.add(h, gramWeight*weight)
				grams++
			}
		}
	}
	whole := math.Sqrt(stemShare * float64(grams))
	s.add(hashRunes(hashSeed, stem), int64(gramWeight*whole)*weight)
}

// FNV-1a over characters; grams and whole words start from different seeds, so
// that "pool" the word and "pool" the sequence are two features.
const (
	hashSeed  uint64 = 14695981039346656037
	gramSeed  uint64 = 0x9e3779b97f4a7c15
	hashPrime uint64 = 1099511628211
)

func hashRunes(h uint64, runes []rune) uint64 {
	for _, r := range runes {
		h = (h ^ uint64(r)) * hashPrime
	}
	return h
}

// add puts a feature to its position, with its sign.
func (s *scratch) add(h uint64, weight int64) {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd // the finaliser of MurmurHash3: every bit counts
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	sign := -int64(h & 1) // 0 or all ones: chance decides, and a branch would guess wrong half the time
	s.sum[h>>32*localDimension>>32] += (weight ^ sign) - sign
}
