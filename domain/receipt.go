package domain

import "strconv"

// Receipt says how far a write that is durable has come on its way into answers.
type Receipt struct {
	// Mark stands for the newest change that the vector index lacked when it was
	// looked at; 0 when it lacked none. Asking again with it asks for that change and
	// all before it.
	Mark    int64
	Pending int    // how many of those changes the index still lacks
	Reason  string // why, where that is known
}

// Settled tells whether the indexes have everything: a question that is asked now is
// answered from all of it.
func (r Receipt) Settled() bool { return r.Pending == 0 }

// ParseReceipt returns the mark that a receipt was named by.
func ParseReceipt(s string) (mark int64, err error) {
	mark, err = strconv.ParseInt(s, 10, 64)
	if err != nil || mark < 0 {
		return 0, Invalid("%q is no receipt", s).WithField("receipt").WithHint("give the number that the write was answered with")
	}
	return mark, nil
}

// Hidden says why no answer has the memory, however far the indexes are; "" for one
// that is active.
func (m Memory) Hidden() string {
	switch m.Status {
	case MemoryActive:
		return ""
	case MemoryCandidate:
		return "a candidate is in no answer until it is promoted"
	default:
		return "a memory that is " + string(m.Status) + " is in no answer"
	}
}
