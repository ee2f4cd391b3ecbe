package cli

import (
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
)

type extractionView struct {
	State      string     `json:"state"`
	Candidates []string   `json:"candidates"`
	Known      int        `json:"known"`
	Attempts   int        `json:"attempts,omitempty"`
	Problem    string     `json:"problem,omitempty"`
	At         *time.Time `json:"at,omitempty"`
}

// interactionView is an interaction as --json prints it, with the names of the HTTP API.
type interactionView struct {
	ID            string                `json:"id"`
	Project       string                `json:"project"`
	Prompt        string                `json:"prompt"`
	Answer        string                `json:"answer"`
	Used          []domain.UsedItem     `json:"used"`
	By            string                `json:"by"`
	At            time.Time             `json:"at"`
	Confirmations []domain.Confirmation `json:"confirmations"`
	Extraction    extractionView        `json:"extraction"`
}

func viewInteraction(i domain.Interaction) interactionView {
	v := interactionView{
		ID: i.ID, Project: i.Project, Prompt: i.Prompt, Answer: i.Answer, By: i.By, At: i.At,
		Used: append([]domain.UsedItem{}, i.Used...), Confirmations: append([]domain.Confirmation{}, i.Confirmations...),
		Extraction: extractionView{
			State: string(i.Extraction.State), Candidates: append([]string{}, i.Extraction.Candidates...),
			Known: i.Extraction.Known, Attempts: i.Extraction.Attempts, Problem: i.Extraction.Problem,
		},
	}
	if !i.Extraction.At.IsZero() {
		v.Extraction.At = &i.Extraction.At
	}
	return v
}

func (s *shell) showInteraction(i domain.Interaction) error {
	return s.result(viewInteraction(i), func(p *printer) {
		p.fields([2]string{"id", i.ID}, [2]string{"project", i.Project}, [2]string{"by", i.By}, [2]string{"at", moment(i.At)})
		for _, u := range i.Used {
			p.fields([2]string{"used", string(u.Kind) + " " + u.ID})
		}
		for _, c := range i.Confirmations {
			p.fields([2]string{"confirmed", c.By + ", " + moment(c.At)})
		}
		p.fields([2]string{"extraction", string(i.Extraction.State)}, [2]string{"problem", i.Extraction.Problem})
		for _, id := range i.Extraction.Candidates {
			p.fields([2]string{"candidate", id})
		}
		p.line("\n%s\n\n%s", i.Prompt, i.Answer)
	})
}

func (s *shell) showInteractions(page domain.InteractionPage) error {
	view := struct {
		Interactions []interactionView `json:"interactions"`
		NextCursor   string            `json:"next_cursor,omitempty"`
	}{[]interactionView{}, page.NextCursor}
	var rows [][]string
	for _, i := range page.Interactions {
		view.Interactions = append(view.Interactions, viewInteraction(i))
		rows = append(rows, []string{
			i.ID, moment(i.At), i.Project, i.By, strconv.Itoa(len(i.Used)), string(i.Extraction.State), i.Prompt,
		})
	}
	return s.result(view, func(p *printer) {
		if len(rows) == 0 {
			s.note("no interaction matches")
			return
		}
		p.table([]string{"ID", "AT", "PROJECT", "BY", "USED", "EXTRACTION", "PROMPT"}, rows)
		if page.NextCursor != "" {
			s.note("there are more: --cursor %s", page.NextCursor)
		}
	})
}
