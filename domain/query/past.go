package query

import (
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// presentOnly is what an answer as of a moment says of what it lacks.
const presentOnly = "documents are left out: they are kept in their present form only"

// asOf returns the service that answers as the store would have then: over the
// memories that were active at the moment, by the words in them.
func (s *Service) asOf(ctx context.Context, at time.Time) (*Service, error) {
	active, err := s.Archive.ActiveAt(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("query: memories as they were: %w", err)
	}
	then := make([]domain.Passage, len(active))
	for i, m := range active {
		then[i] = domain.Passage{
			ID: m.ID, Kind: domain.PassageMemory, Project: m.Project, Type: m.Type, Confidence: m.Confidence, Content: m.Content,
		}
	}
	past := &Service{Config: s.Config, cosines: s.cosines}
	past.Text, past.Passages = s.Index(then)
	past.Vectors = nil
	return past, nil
}
