package domain

import (
	"slices"
	"strings"
	"time"
)

// Record is one thing that an export holds. Exactly one field is set.
type Record struct {
	Project     *Project
	Memory      *MemoryHistory
	State       *FactHistory
	Interaction *Interaction
}

// MemoryHistory is everything that there ever was of one memory, oldest first.
type MemoryHistory struct {
	ID      string
	Changes []MemoryChange
	// Undated says that the times are not the source's but those of the import: the
	// same memory that is read again has others.
	Undated bool
}

// FactHistory is everything that ever held for one key of a project, oldest first.
type FactHistory struct {
	Project string
	Key     string
	Entries []Fact
}

// RecordKind names what a record holds.
type RecordKind string

// The kinds of records, in the order in which an export has them.
const (
	RecordProject     RecordKind = "project"
	RecordMemory      RecordKind = "memory"
	RecordState       RecordKind = "state"
	RecordInteraction RecordKind = "interaction"
)

// RecordKinds lists every kind.
var RecordKinds = []RecordKind{RecordProject, RecordMemory, RecordState, RecordInteraction}

// Kind returns what the record holds, "" for nothing.
func (r Record) Kind() RecordKind {
	switch {
	case r.Project != nil:
		return RecordProject
	case r.Memory != nil:
		return RecordMemory
	case r.State != nil:
		return RecordState
	case r.Interaction != nil:
		return RecordInteraction
	}
	return ""
}

// Name returns what people call the record.
func (r Record) Name() string {
	switch r.Kind() {
	case RecordProject:
		return r.Project.Name
	case RecordMemory:
		return r.Memory.ID
	case RecordState:
		return r.State.Project + "/" + r.State.Key
	case RecordInteraction:
		return r.Interaction.ID
	}
	return ""
}

// Validate returns an error of KindInvalid for a record that no store could hold.
func (r Record) Validate() error {
	switch r.Kind() {
	case RecordProject:
		return r.Project.Validate()
	case RecordMemory:
		return r.Memory.validate()
	case RecordState:
		return r.State.validate()
	case RecordInteraction:
		return r.Interaction.validateStored()
	}
	return Invalid("the record holds nothing")
}

func checkID(id string) error {
	if id == "" || len(id) > 256 || strings.ContainsRune(id, 0) || strings.ToValidUTF8(id, "") != id {
		return Invalid("the id %q is not usable", id).WithField("id").WithHint("1 to 256 bytes of UTF-8")
	}
	return nil
}

// checkTime refuses what a time in RFC 3339 cannot say.
func checkTime(name string, at time.Time, needed bool) error {
	if needed && at.IsZero() {
		return Invalid("%s is missing", name).WithField(name)
	}
	if y := at.UTC().Year(); y < 1 || y > 9999 {
		return Invalid("%s is out of range", name).WithField(name)
	}
	return nil
}

func (h MemoryHistory) validate() error {
	if err := checkID(h.ID); err != nil {
		return err
	}
	if len(h.Changes) == 0 {
		return Invalid("memory %s has no history", h.ID).WithField("history")
	}
	first := h.Changes[0].Memory
	revision := int64(0)
	gone := false
	for n, c := range h.Changes {
		m := c.Memory
		if err := m.Validate(); err != nil {
			return err
		}
		if err := m.Last.Validate(); err != nil {
			return err
		}
		if !slices.Contains(ChangeKinds, c.Kind) || m.Last.Kind != "" && !slices.Contains(ChangeKinds, m.Last.Kind) {
			return Invalid("memory %s: change %d is of an unknown kind", h.ID, n+1).WithField("change")
		}
		for _, at := range []struct {
			name   string
			at     time.Time
			needed bool
		}{{"at", c.At, true}, {"created_at", m.CreatedAt, true}, {"updated_at", m.UpdatedAt, true}, {"affirmed_at", m.AffirmedAt, false}} {
			if err := checkTime(at.name, at.at, at.needed); err != nil {
				return err
			}
		}
		step := int64(1)
		if c.Kind == ChangeDeleted {
			step = 0
		}
		switch {
		case m.ID != h.ID || !m.CreatedAt.Equal(first.CreatedAt):
			return Invalid("memory %s: change %d is of another memory", h.ID, n+1).WithField("history")
		case m.Revision != revision+step || n == 0 && step == 0:
			return Invalid("memory %s: change %d has the revision %d, after %d", h.ID, n+1, m.Revision, revision).WithField("revision")
		case gone && c.Kind == ChangeDeleted:
			return Invalid("memory %s: change %d deletes it again", h.ID, n+1).WithField("change")
		case m.Reinforced < 0:
			return Invalid("memory %s: change %d says it was reinforced %d times", h.ID, n+1, m.Reinforced).WithField("reinforced")
		}
		revision, gone = m.Revision, c.Kind == ChangeDeleted
	}
	return nil
}

// Now returns the memory as its history left it; not ok when it was deleted.
func (h MemoryHistory) Now() (m Memory, ok bool) {
	last := h.Changes[len(h.Changes)-1]
	return last.Memory, last.Kind != ChangeDeleted
}

func (h FactHistory) validate() error {
	if h.Project == "" {
		return Invalid("a fact names no project").WithField("project")
	}
	if len(h.Entries) == 0 {
		return Invalid("the key %q of %q has no history", h.Key, h.Project).WithField("history")
	}
	for _, f := range h.Entries {
		if err := f.Validate(); err != nil {
			return err
		}
		if err := checkTime("at", f.At, true); err != nil {
			return err
		}
		if f.Project != h.Project || f.Key != h.Key || f.Removed && f.Value != "" {
			return Invalid("the history of %q of %q holds something else", h.Key, h.Project).WithField("history")
		}
	}
	return nil
}

// validateStored is Validate for an interaction that was stored before.
func (i Interaction) validateStored() error {
	if err := checkID(i.ID); err != nil {
		return err
	}
	if err := i.Validate(); err != nil {
		return err
	}
	if err := checkTime("at", i.At, true); err != nil {
		return err
	}
	if _, err := ParseExtractionState(string(i.Extraction.State)); err != nil {
		return err
	}
	if len(i.Confirmations) > MaxConfirmations || i.Extraction.Known < 0 || i.Extraction.Attempts < 0 {
		return Invalid("interaction %s is not one that was recorded", i.ID)
	}
	for _, c := range i.Confirmations {
		if err := (Act{By: c.By}).Validate(); err != nil {
			return err
		}
		if err := checkTime("at", c.At, true); err != nil {
			return err
		}
	}
	return checkTime("extraction.at", i.Extraction.At, false)
}
