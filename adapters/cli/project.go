package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/project"
)

func projectCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "project",
		Short: "Register the folders of projects and keep them fresh",
		Long: `A project is a name, what else it is called, and the folders whose files belong to
it. Source files are read and never written.`,
		Example: `  atocore project add handbook ./docs
  atocore project refresh handbook`,
	})
	cmd.AddCommand(
		projectAddCommand(s), projectListCommand(s), projectShowCommand(s),
		projectUpdateCommand(s), projectRemoveCommand(s), projectRefreshCommand(s),
	)
	return cmd
}

func projectAddCommand(s *shell) *cobra.Command {
	var p domain.Project
	cmd := &cobra.Command{
		Use:   "add NAME FOLDER...",
		Short: "Register a project",
		Long: `Registers a project with the folders to ingest. Nothing is read yet: that is what
"project refresh" does. A folder is filed under a label, its own name unless written
LABEL=FOLDER. Makes the data directory if there is none.`,
		Example: `  atocore project add handbook ./docs
  atocore project add shop code=./src ./docs --alias webshop --description "the web shop"`,
		Args: takes(2, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Name = args[0]
			var err error
			if p.IngestRoots, err = roots(args[1:]); err != nil {
				return err
			}
			return s.with(cmd, NeedNewStores, func(ctx context.Context, on *Services) error {
				registered, err := on.Project.Register(ctx, p)
				if err != nil {
					return err
				}
				if err := s.warn(ctx, on, registered); err != nil {
					return err
				}
				s.hint("ingest it with: atocore project refresh %s", quoted(p.Name))
				return s.showProject(registered)
			})
		},
	}
	cmd.Flags().StringArrayVar(&p.Aliases, "alias", nil, "another name; may be given several times")
	cmd.Flags().StringVar(&p.Description, "description", "", "what it is")
	return cmd
}

// roots turns FOLDER or LABEL=FOLDER arguments into ingest roots. Those without a
// label get one when they are registered.
func roots(folders []string) ([]domain.IngestRoot, error) {
	var out []domain.IngestRoot
	for _, text := range folders {
		label, folder, labelled := strings.Cut(text, "=")
		if _, err := os.Stat(text); err == nil || !labelled || strings.ContainsAny(label, `/\`) {
			label, folder = "", text // a folder whose name holds an =
		}
		path, err := filepath.Abs(folder)
		if err != nil {
			return nil, fmt.Errorf("folder %q: %w", folder, err)
		}
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return nil, domain.Invalid("%s is a file, not a folder", path).WithField("ingest_roots")
		}
		out = append(out, domain.IngestRoot{Path: path, Label: label})
	}
	return out, nil
}

// warn tells what is the matter with a project's folders, which is no failure.
func (s *shell) warn(ctx context.Context, on *Services, p domain.Project) error {
	warnings, err := on.Project.Warnings(ctx, p)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		s.note("%s %s", s.err.yellow("warning:"), w)
	}
	return nil
}

func projectListCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the registered projects",
		Long:  "Lists the registered projects with their aliases and folders.",
		Example: `  atocore project list
  atocore project list --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				list, err := on.Project.List(ctx)
				if err != nil {
					return err
				}
				view := struct {
					Projects []projectView `json:"projects"`
				}{Projects: []projectView{}}
				var rows [][]string
				for _, p := range list {
					view.Projects = append(view.Projects, viewProject(p))
					var folders []string
					for _, r := range p.IngestRoots {
						folders = append(folders, r.Path)
					}
					rows = append(rows, []string{p.Name, strings.Join(p.Aliases, ", "), p.Description, strings.Join(folders, ", ")})
				}
				return s.result(view, func(p *printer) {
					if len(rows) == 0 {
						s.note("no project is registered yet; register one with: atocore project add NAME FOLDER")
						return
					}
					p.table([]string{"NAME", "ALIASES", "DESCRIPTION", "FOLDERS"}, rows)
				})
			})
		},
	}
}

func projectShowCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "show NAME",
		Short:   "Show a project",
		Long:    "Shows one project, named by its name or an alias.",
		Example: `  atocore project show handbook`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				p, err := on.Project.Get(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showProject(p)
			})
		},
	}
}

func projectUpdateCommand(s *shell) *cobra.Command {
	var addAliases, removeAliases, addFolders, removeFolders []string
	var description string
	cmd := &cobra.Command{
		Use:   "update NAME",
		Short: "Change a project",
		Long: `Changes what the flags name and leaves the rest. The name itself cannot change.
--remove-folder takes a label or a path; what was ingested from it goes with the
next refresh.`,
		Example: `  atocore project update handbook --alias manual --description "how we work"
  atocore project update handbook --add-folder code=./src
  atocore project update handbook --remove-folder code`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(addAliases)+len(removeAliases)+len(addFolders)+len(removeFolders) == 0 && !cmd.Flags().Changed("description") {
				return usage(cmd, "nothing to change was named")
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				p, err := on.Project.Get(ctx, args[0])
				if err != nil {
					return err
				}
				if cmd.Flags().Changed("description") {
					p.Description = description
				}
				if p.Aliases, err = without(p.Aliases, removeAliases, "alias", func(a string) []string { return []string{a} }); err != nil {
					return err
				}
				p.Aliases = append(p.Aliases, addAliases...)
				p.IngestRoots, err = without(p.IngestRoots, removeFolders, "folder", func(r domain.IngestRoot) []string {
					return []string{r.Label, r.Path}
				})
				if err != nil {
					return err
				}
				added, err := roots(addFolders)
				if err != nil {
					return err
				}
				p.IngestRoots = append(p.IngestRoots, added...)
				if p, err = on.Project.Update(ctx, p.Name, p); err != nil {
					return err
				}
				if err := s.warn(ctx, on, p); err != nil {
					return err
				}
				return s.showProject(p)
			})
		},
	}
	cmd.Flags().StringArrayVar(&addAliases, "alias", nil, "add another name; may be given several times")
	cmd.Flags().StringArrayVar(&removeAliases, "remove-alias", nil, "remove this name")
	cmd.Flags().StringArrayVar(&addFolders, "add-folder", nil, "add this FOLDER or LABEL=FOLDER")
	cmd.Flags().StringArrayVar(&removeFolders, "remove-folder", nil, "remove the folder with this label or path")
	cmd.Flags().StringVar(&description, "description", "", "what it is")
	return cmd
}

// without returns the items without those that are called one of names.
func without[T any](items []T, names []string, what string, called func(T) []string) ([]T, error) {
	for _, name := range names {
		var kept []T
		var known []string
		for _, item := range items {
			match := false
			for _, c := range called(item) {
				match = match || domain.FoldName(c) == domain.FoldName(name)
				known = append(known, c)
			}
			if !match {
				kept = append(kept, item)
			}
		}
		if len(kept) == len(items) {
			err := domain.NotFound("the project has no %s %q", what, name)
			err.Nearest = domain.Nearest(name, known)
			err.Hint = domain.DidYouMean(err.Nearest)
			return nil, err
		}
		items = kept
	}
	return items, nil
}

func projectRemoveCommand(s *shell) *cobra.Command {
	var o project.RemoveOptions
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Take a project out of the registry",
		Long: `Removes the registration and everything ingested from its folders. The folders
themselves are never touched. A project that has memories is refused, unless
--delete-memories says that they go too.`,
		Example: `  atocore project remove handbook
  atocore project remove handbook --delete-memories`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				p, err := on.Project.Get(ctx, args[0])
				if err != nil {
					return err
				}
				gone, err := on.Project.Remove(ctx, p.Name, o)
				if err != nil {
					return err
				}
				view := map[string]any{
					"removed": p.Name, "documents": gone.Documents, "chunks": gone.Chunks, "memories": gone.Memories,
				}
				return s.result(view, func(w *printer) {
					w.line("removed %s: %d documents, %d chunks, %d memories", p.Name, gone.Documents, gone.Chunks, gone.Memories)
				})
			})
		},
	}
	cmd.Flags().BoolVar(&o.DeleteMemories, "delete-memories", false, "delete the project's memories too")
	return cmd
}

type projectView struct {
	Name        string     `json:"name"`
	Aliases     []string   `json:"aliases"`
	Description string     `json:"description"`
	IngestRoots []rootView `json:"ingest_roots"`
}

type rootView struct {
	Path  string `json:"path"`
	Label string `json:"label"`
}

func viewProject(p domain.Project) projectView {
	v := projectView{Name: p.Name, Aliases: append([]string{}, p.Aliases...), Description: p.Description, IngestRoots: []rootView{}}
	for _, r := range p.IngestRoots {
		v.IngestRoots = append(v.IngestRoots, rootView{r.Path, r.Label})
	}
	return v
}

func (s *shell) showProject(p domain.Project) error {
	return s.result(viewProject(p), func(w *printer) {
		w.fields([2]string{"name", p.Name}, [2]string{"aliases", strings.Join(p.Aliases, ", ")}, [2]string{"description", p.Description})
		var rows [][]string
		for _, r := range p.IngestRoots {
			rows = append(rows, []string{r.Label, r.Path})
		}
		w.table([]string{"LABEL", "FOLDER"}, rows)
	})
}

// hint says what may come next, to a person at a terminal.
func (s *shell) hint(format string, args ...any) {
	if s.err.terminal && !s.json {
		s.note(format, args...)
	}
}

// quoted makes one shell word of a name.
func quoted(name string) string {
	if strings.ContainsAny(name, " \t'\"$") {
		return strconv.Quote(name)
	}
	return name
}
