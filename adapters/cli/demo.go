package cli

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

//go:embed demo
var sample embed.FS

func demoCommand(s *shell) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show in a scratch folder what it does, then serve it",
		Long: `Makes a scratch data directory with a small sample project, ingests it, remembers
two things, asks three questions, and prints the answers with their places. Then it
serves that data directory until Ctrl-C, so that you can try the HTTP API. The
scratch folder is removed in the end. Your own data directory is not touched.`,
		Example: `  atocore demo
  atocore demo --once`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			scratch, err := os.MkdirTemp("", "atocore-demo-")
			if err != nil {
				return fmt.Errorf("make a scratch folder: %w", err)
			}
			defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
			s.flags.Values["data_dir"] = filepath.Join(scratch, "data")
			s.flags.Values["backup.dir"] = filepath.Join(scratch, "backups")
			s.flags.Values["ingest.chunk_size"] = "400" // the sample is small, and places should be exact
			if err := s.demonstrate(cmd, filepath.Join(scratch, "handbook")); err != nil || once {
				return err
			}
			return s.serveDemo(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the answers instead of serving")
	s.settings(cmd, false, "listen")
	return cmd
}

// demonstrate prints each step as the command that would do it, and its result.
func (s *shell) demonstrate(cmd *cobra.Command, folder string) error {
	if err := unpack(folder); err != nil {
		return err
	}
	step := func(format string, args ...any) {
		if !s.json {
			s.out.line("\n%s", s.out.bold("$ atocore "+fmt.Sprintf(format, args...)))
		}
	}
	return s.with(cmd, NeedNewStores, func(ctx context.Context, on *Services) error {
		step("project add handbook %s --alias manual", folder)
		_, err := on.Project.Register(ctx, domain.Project{
			Name: "handbook", Aliases: []string{"manual"}, Description: "a sample project",
			IngestRoots: []domain.IngestRoot{{Path: folder, Label: "handbook"}},
		})
		if err != nil {
			return err
		}
		step("project refresh handbook --ingest-chunk-size 400")
		refreshed, err := s.refresh(ctx, on, "handbook")
		if err != nil {
			return err
		}
		if !s.json {
			s.out.refresh(refreshed, false)
		}
		for _, d := range []memory.Draft{
			{Type: "preference", Content: "Answers should be short and cite their source", Source: "the user"},
			{Type: "project", Project: "handbook", Content: "The rollback of March took forty minutes because nobody had tried it", Source: "review of March"},
		} {
			about := "--type " + d.Type
			if d.Project != "" {
				about += " --project " + d.Project
			}
			step("memory add %s %q", about, d.Content)
			if _, err := on.Memory.Remember(ctx, d); err != nil {
				return err
			}
		}
		for _, q := range []domain.Query{
			{Prompt: "how do I roll back a deploy", Project: "handbook", TopK: 3, Explain: true},
			{Prompt: "who is oncall", TopK: 1}, // written otherwise than in the text
			{Prompt: "how should answers look", TopK: 1},
		} {
			about := ""
			if q.Project != "" {
				about += " --project " + q.Project
			}
			if q.Explain {
				about += " --explain"
			}
			step("query%s --top-k %d %q", about, q.TopK, q.Prompt)
			answer, err := on.Query.Query(ctx, q)
			if err != nil {
				return err
			}
			if err := s.showAnswer(q, answer, false); err != nil {
				return err
			}
		}
		return nil
	})
}

func unpack(folder string) error {
	const top = "demo/handbook"
	err := fs.WalkDir(sample, top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(filepath.FromSlash(top), filepath.FromSlash(path))
		if err != nil {
			return err
		}
		target := filepath.Join(folder, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		content, err := sample.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
	if err != nil {
		return fmt.Errorf("write the sample project: %w", err)
	}
	return nil
}

// serveDemo serves on the configured address, or on a free port when that is taken
// and nobody asked for it.
func (s *shell) serveDemo(ctx context.Context) error {
	ready := func(url string) {
		s.announce(url)
		if !s.json {
			s.out.line("\nTry it, and end it with Ctrl-C:\n")
			s.out.line(`  curl -s %s/query -H 'Content-Type: application/json' -d '{"prompt":"when do shifts change"}'`, url)
			s.out.line("  curl -s %s/openapi.json", url)
		}
	}
	err := s.app.Serve(ctx, s.flags, ready)
	_, asked := s.flags.Values["listen"]
	var e *domain.Error
	if asked || !errors.As(err, &e) || e.Kind != domain.KindUnavailable || e.Field != "listen" {
		return err
	}
	s.note("%s; taking a free port", e.Message)
	s.flags.Values["listen"] = "127.0.0.1:0"
	return s.app.Serve(ctx, s.flags, ready)
}
