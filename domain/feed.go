package domain

// FeedMark is a position in the history of changes of a store. Two marks are of
// the same history only if Check agrees wherever Seq does.
type FeedMark struct {
	Seq   int64 // 0 before the first change
	Check int64 // a random number that came with the change
}

// PassageChange is a passage as it is now, or the news that it is gone.
type PassageChange struct {
	Passage  Passage // only ID and Kind are set when it is gone
	Gone     bool
	Searched string    // the text that is searched
	Vector   Quantised // without components while it has none
}
