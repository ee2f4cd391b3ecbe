package domain

import "slices"

// Meeting is what an imported record finds in the store.
type Meeting string

// What an imported record can find.
const (
	MeetsNothing Meeting = "added"    // it is stored
	MeetsItself  Meeting = "known"    // all of it is there; the store may have more
	MeetsAnother Meeting = "conflict" // something else is there, which stays
)

// Outcome is what became of an imported record.
type Outcome struct {
	Kind    RecordKind
	Name    string
	Meeting Meeting
	Reason  string // of a conflict
}

// MeetHistory compares a memory that comes in with the one of its id that is stored.
func MeetHistory(stored []MemoryChange, in MemoryHistory) (Meeting, string) {
	switch {
	case len(stored) == 0:
		return MeetsNothing, ""
	case in.Undated:
		a, b := stored[0].Memory, in.Changes[0].Memory
		if a.Content == b.Content && a.Type == b.Type && a.Project == b.Project {
			return MeetsItself, ""
		}
		return MeetsAnother, "the source says something else now than when it was imported"
	case len(stored) >= len(in.Changes) && slices.Equal(stored[:len(in.Changes)], in.Changes):
		return MeetsItself, ""
	case len(stored) < len(in.Changes) && slices.Equal(in.Changes[:len(stored)], stored):
		return MeetsAnother, "it was changed further where it was exported"
	}
	return MeetsAnother, "the histories differ"
}

// MeetFacts compares a key that comes in with the same key that is stored.
func MeetFacts(stored []Fact, in FactHistory) (Meeting, string) {
	switch {
	case len(stored) == 0:
		return MeetsNothing, ""
	case len(stored) >= len(in.Entries) && slices.Equal(stored[:len(in.Entries)], in.Entries):
		return MeetsItself, ""
	case len(stored) < len(in.Entries) && slices.Equal(in.Entries[:len(stored)], stored):
		return MeetsAnother, "it was changed further where it was exported"
	}
	return MeetsAnother, "the histories differ"
}

// MeetInteraction compares an interaction that comes in with the one of its id that
// is stored. How far extraction has come is each store's own business.
func MeetInteraction(stored *Interaction, in Interaction) (Meeting, string) {
	switch {
	case stored == nil:
		return MeetsNothing, ""
	case stored.Project != in.Project || stored.Prompt != in.Prompt || stored.Answer != in.Answer || stored.By != in.By ||
		!stored.At.Equal(in.At) || !slices.Equal(stored.Used, in.Used):
		return MeetsAnother, "it says something else"
	}
	for _, c := range in.Confirmations {
		if !slices.Contains(stored.Confirmations, c) {
			return MeetsAnother, "it was confirmed where it was exported"
		}
	}
	return MeetsItself, ""
}

// MeetProject compares a project that comes in with those that are registered.
func MeetProject(registered []Project, in Project) (Meeting, string) {
	for _, p := range registered {
		for _, n := range p.Names() {
			if !slices.ContainsFunc(in.Names(), func(m string) bool { return FoldName(m) == FoldName(n) }) {
				continue
			}
			if p.Name == in.Name && p.Description == in.Description && slices.Equal(p.Aliases, in.Aliases) &&
				slices.Equal(p.IngestRoots, in.IngestRoots) {
				return MeetsItself, ""
			}
			if p.Name != in.Name {
				return MeetsAnother, "the name " + n + " belongs to project " + p.Name + " here"
			}
			return MeetsAnother, "it is registered with another description, other aliases or other folders"
		}
	}
	return MeetsNothing, ""
}
