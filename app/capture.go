package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/atocore/atocore/adapters/chat"
	"github.com/atocore/atocore/adapters/cron"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/fence"
	"github.com/atocore/atocore/domain/interaction"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/ports"
)

// pruneInterval is how often the service removes old interactions.
const pruneInterval = time.Hour

// chatModel returns what reads interactions, nil when none is configured.
func chatModel(s *configs.Settings) (ports.ChatModel, error) {
	if s.Chat.URL == "" {
		return nil, nil
	}
	m, err := chat.New(chat.Config{URL: s.Chat.URL, Model: s.Chat.Model, Key: s.Chat.APIKey, Timeout: s.Chat.Timeout})
	if err != nil {
		return nil, located(err, s)
	}
	return m, nil
}

func (i installation) interactions(stores fence.Stores, memories *memory.Service) *interaction.Service {
	model, _ := chatModel(i.settings) // install has checked it
	return interaction.New(interaction.Config{
		Interactions: stores.Interactions, Retention: stores.Interactions, Memories: memories, Passages: stores.Passages,
		Registry: stores.Registry, Clock: system.Clock{}, IDs: system.IDs{}, Chat: model,
		Capture: i.settings.Automation.Capture == "on",
		Allowed: func(ctx context.Context) error { return i.allowed(ctx, "automation.capture") },
		KeepFor: i.settings.Interaction.KeepFor, Keep: i.settings.Interaction.Keep,
	})
}

// capturing extracts from what is recorded, and removes what is old, until ctx ends.
func capturing(ctx context.Context, s *interaction.Service, log *slog.Logger) {
	defer inBackground(ctx, func(ctx context.Context) {
		s.Work(ctx, func(i domain.Interaction, err error) {
			if err != nil {
				log.WarnContext(ctx, "memories were not captured", slog.String("interaction", i.ID), slog.Any("error", err))
				return
			}
			log.InfoContext(ctx, "memories were captured", slog.String("interaction", i.ID),
				slog.String("state", string(i.Extraction.State)), slog.Int("candidates", len(i.Extraction.Candidates)))
		})
	})()
	prune := func(ctx context.Context) {
		p, err := s.Prune(ctx, false)
		switch {
		case err != nil && ctx.Err() == nil:
			log.WarnContext(ctx, "old interactions were not removed", slog.Any("error", err))
		case p.Removed > 0:
			log.InfoContext(ctx, "old interactions were removed", slog.Int("removed", p.Removed),
				slog.Time("newest", p.Newest), slog.String("reason", p.Reason))
		}
	}
	if err := cron.Every(ctx, pruneInterval, prune); err != nil {
		log.ErrorContext(ctx, "old interactions are not removed", slog.Any("error", err))
	}
}
