package exportfile

import (
	"time"

	"github.com/atocore/atocore/domain"
)

// line is one line of the file: exactly one member is there.
type line struct {
	Header      *header      `json:"header,omitempty"`
	Project     *project     `json:"project,omitempty"`
	Memory      *memory      `json:"memory,omitempty"`
	State       *state       `json:"state,omitempty"`
	Interaction *interaction `json:"interaction,omitempty"`
	End         *end         `json:"end,omitempty"`
}

type header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

type end struct {
	Projects     int    `json:"projects"`
	Memories     int    `json:"memories"`
	State        int    `json:"state"`
	Interactions int    `json:"interactions"`
	SHA256       string `json:"sha256"`
}

func (e *end) count(kind domain.RecordKind) {
	switch kind {
	case domain.RecordProject:
		e.Projects++
	case domain.RecordMemory:
		e.Memories++
	case domain.RecordState:
		e.State++
	case domain.RecordInteraction:
		e.Interactions++
	}
}

type project struct {
	Name        string   `json:"name"`
	Aliases     []string `json:"aliases,omitempty"`
	Description string   `json:"description,omitempty"`
	IngestRoots []root   `json:"ingest_roots"`
}

type root struct {
	Path  string `json:"path"`
	Label string `json:"label"`
}

type memory struct {
	ID      string   `json:"id"`
	History []change `json:"history"`
}

// change is an entry of a memory's history: what happened, and the memory right after.
type change struct {
	Change       domain.ChangeKind   `json:"change"`
	At           time.Time           `json:"at"`
	By           string              `json:"by,omitempty"`
	Reason       string              `json:"reason,omitempty"`
	Act          domain.ChangeKind   `json:"act,omitempty"` // as it was stated; mostly the change itself
	MemoryType   domain.MemoryType   `json:"memory_type"`
	Content      string              `json:"content"`
	Project      string              `json:"project,omitempty"`
	Confidence   float64             `json:"confidence"`
	Source       string              `json:"source,omitempty"`
	Status       domain.MemoryStatus `json:"status"`
	CreatedAt    time.Time           `json:"created_at"`
	UpdatedAt    time.Time           `json:"updated_at"`
	Revision     int64               `json:"revision"`
	SupersededBy string              `json:"superseded_by,omitempty"`
	Contradicts  string              `json:"contradicts,omitempty"`
	Reinforced   int64               `json:"reinforced,omitempty"`
	AffirmedAt   *time.Time          `json:"affirmed_at,omitempty"`
}

type state struct {
	Project string `json:"project"`
	Key     string `json:"key"`
	History []fact `json:"history"`
}

type fact struct {
	Value   string    `json:"value"`
	Removed bool      `json:"removed,omitempty"`
	By      string    `json:"by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
}

type interaction struct {
	ID            string                `json:"id"`
	Project       string                `json:"project,omitempty"`
	Prompt        string                `json:"prompt"`
	Answer        string                `json:"answer"`
	Used          []domain.UsedItem     `json:"used,omitempty"`
	By            string                `json:"by,omitempty"`
	At            time.Time             `json:"at"`
	Confirmations []domain.Confirmation `json:"confirmations,omitempty"`
	Extraction    extraction            `json:"extraction"`
}

type extraction struct {
	State      domain.ExtractionState `json:"state"`
	Candidates []string               `json:"candidates,omitempty"`
	Known      int                    `json:"known,omitempty"`
	Attempts   int                    `json:"attempts,omitempty"`
	Problem    string                 `json:"problem,omitempty"`
	At         *time.Time             `json:"at,omitempty"`
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// moment brings a time to the resolution of the store.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func given(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return moment(*t)
}

func lineOf(r domain.Record) line {
	switch r.Kind() {
	case domain.RecordProject:
		p := project{Name: r.Project.Name, Aliases: r.Project.Aliases, Description: r.Project.Description, IngestRoots: []root{}}
		for _, i := range r.Project.IngestRoots {
			p.IngestRoots = append(p.IngestRoots, root(i))
		}
		return line{Project: &p}
	case domain.RecordMemory:
		m := memory{ID: r.Memory.ID}
		for _, c := range r.Memory.Changes {
			was := c.Memory
			m.History = append(m.History, change{
				Change: c.Kind, At: c.At, By: was.Last.By, Reason: was.Last.Reason, Act: was.Last.Kind, MemoryType: was.Type,
				Content: was.Content, Project: was.Project, Confidence: was.Confidence, Source: was.Source, Status: was.Status,
				CreatedAt: was.CreatedAt, UpdatedAt: was.UpdatedAt, Revision: was.Revision, SupersededBy: was.SupersededBy,
				Contradicts: was.Contradicts, Reinforced: was.Reinforced, AffirmedAt: some(was.AffirmedAt),
			})
		}
		return line{Memory: &m}
	case domain.RecordState:
		s := state{Project: r.State.Project, Key: r.State.Key}
		for _, f := range r.State.Entries {
			s.History = append(s.History, fact{f.Value, f.Removed, f.By, f.Reason, f.At})
		}
		return line{State: &s}
	case domain.RecordInteraction:
		i := r.Interaction
		e := i.Extraction
		return line{Interaction: &interaction{
			ID: i.ID, Project: i.Project, Prompt: i.Prompt, Answer: i.Answer, Used: i.Used, By: i.By, At: i.At,
			Confirmations: i.Confirmations,
			Extraction:    extraction{e.State, e.Candidates, e.Known, e.Attempts, e.Problem, some(e.At)},
		}}
	}
	return line{}
}

// record returns what the line holds, nothing for a header and an end.
func (l line) record() domain.Record {
	switch {
	case l.Project != nil:
		p := domain.Project{Name: l.Project.Name, Aliases: l.Project.Aliases, Description: l.Project.Description}
		for _, r := range l.Project.IngestRoots {
			p.IngestRoots = append(p.IngestRoots, domain.IngestRoot(r))
		}
		return domain.Record{Project: &p}
	case l.Memory != nil:
		h := domain.MemoryHistory{ID: l.Memory.ID}
		for _, c := range l.Memory.History {
			h.Changes = append(h.Changes, domain.MemoryChange{Kind: c.Change, At: moment(c.At), Memory: domain.Memory{
				ID: l.Memory.ID, Type: c.MemoryType, Content: c.Content, Project: c.Project, Confidence: c.Confidence, Source: c.Source,
				Status: c.Status, CreatedAt: moment(c.CreatedAt), UpdatedAt: moment(c.UpdatedAt), Revision: c.Revision,
				SupersededBy: c.SupersededBy, Contradicts: c.Contradicts, Reinforced: c.Reinforced, AffirmedAt: given(c.AffirmedAt),
				Last: domain.Act{Kind: c.Act, By: c.By, Reason: c.Reason},
			}})
		}
		return domain.Record{Memory: &h}
	case l.State != nil:
		h := domain.FactHistory{Project: l.State.Project, Key: l.State.Key}
		for _, f := range l.State.History {
			h.Entries = append(h.Entries, domain.Fact{
				Project: h.Project, Key: h.Key, Value: f.Value, Removed: f.Removed, By: f.By, Reason: f.Reason, At: moment(f.At),
			})
		}
		return domain.Record{State: &h}
	case l.Interaction != nil:
		i := l.Interaction
		out := domain.Interaction{
			ID: i.ID, Project: i.Project, Prompt: i.Prompt, Answer: i.Answer, Used: i.Used, By: i.By, At: moment(i.At),
			Extraction: domain.Extraction{
				State: i.Extraction.State, Candidates: i.Extraction.Candidates, Known: i.Extraction.Known,
				Attempts: i.Extraction.Attempts, Problem: i.Extraction.Problem, At: given(i.Extraction.At),
			},
		}
		for _, c := range i.Confirmations {
			out.Confirmations = append(out.Confirmations, domain.Confirmation{By: c.By, At: moment(c.At)})
		}
		return domain.Record{Interaction: &out}
	}
	return domain.Record{}
}
