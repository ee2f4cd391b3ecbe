package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
)

func evalCommand(s *shell) *cobra.Command {
	var against string
	var worst int
	var seed uint64
	cmd := &cobra.Command{
		Use:   "eval FILE|FOLDER",
		Short: "Measure how well questions are answered",
		Long: `Measures retrieval: nDCG@10, MRR@10, recall at 5, 10 and 50, and latency.

A FILE holds your own questions, each with what it should find, and is asked of your
live store, which is only read: YAML, or JSON lines when its name ends in .jsonl.

  - question: how do we roll back a deploy
    project: handbook                      (may be left out)
    expect: [decisions/0007-deploys.md, onboarding.md:12]

What is expected is a path or the end of one, path:line, or the id of a memory or
chunk. A FOLDER is a judged collection in the layout of the BEIR benchmark:
corpus.jsonl, queries.jsonl and qrels.tsv, whose lines may carry "project". It is
imported into a scratch store that is removed afterwards; your own data is not
touched and need not be there.

--against compares the weights that hold with those of a YAML file, question by
question, and says whether the difference is more than chance. The --rank-* flags
change the weights that hold.`,
		Example: `  atocore eval questions.yaml
  atocore eval --against weights.yaml --worst 20 questions.yaml
  atocore eval --rank-query-token-step 0 ./collections/cisi --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if worst < 0 {
				return domain.Invalid("--worst %d is out of range", worst).WithField("worst").WithHint("give a number from 0 on")
			}
			var change domain.RankingChange
			if cmd.Flags().Changed("against") {
				var err error
				if change, err = readWeights(against); err != nil {
					return err
				}
			}
			from, need, err := readSource(args[0])
			if err != nil {
				return err
			}
			return s.with(cmd, need, func(ctx context.Context, on *Services) error {
				g := s.progress()
				report, err := on.Eval.Evaluate(ctx, from, change, seed, g.stages)
				g.done()
				if err != nil {
					return err
				}
				return s.showEvaluation(report, worst)
			})
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "YAML file with ranking weights to compare with those that hold")
	cmd.Flags().IntVar(&worst, "worst", 10, "how many of the worst questions to list")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "decides the draws of the significance test")
	s.settings(cmd, false, "rank.", "ingest.chunk_size")
	return cmd
}

// readSource reads a folder as a collection, and a file as questions about the
// live store; it says what must be opened for them.
func readSource(path string) (eval.Source, Need, error) {
	var folder fs.FS
	need := NeedStores
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		folder, need = os.DirFS(path), NeedBackups
	}
	from, err := eval.ReadSource(filepath.Clean(path), folder, func() (fs.File, error) { return os.Open(path) })
	return from, need, err
}

func readWeights(path string) (domain.RankingChange, error) {
	f, err := os.Open(path)
	if err != nil {
		return domain.RankingChange{}, domain.NotFound("the weights cannot be read").Because(err).
			WithHint("--against takes a YAML file such as: rank: {query_token_cap: 1.5}")
	}
	defer func() { _ = f.Close() }() // it was only read
	return eval.ReadWeights(f, path)
}

// stages shows how far a measurement has come.
func (g *progress) stages(stage string, done, total int) {
	if g.p == nil {
		return
	}
	g.show(done >= total, func(time.Time) string { return fmt.Sprintf("%s: %d of %d", stage, done, total) })
}
