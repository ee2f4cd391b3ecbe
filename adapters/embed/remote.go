package embed

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// RemoteConfig says which provider to ask, and for what. A key is never written
// to a log, an error or a file.
type RemoteConfig struct {
	URL       string        // of the API; "" for the provider's usual one
	Model     string        // as the provider calls it; "" for the provider's usual one
	Dimension int           // of its vectors; 0 where the model is a known one
	Key       string        // "" for none
	Timeout   time.Duration // of one try; 0 is a minute
}

const (
	defaultTimeout = time.Minute
	remoteTries    = 4
	dialTries      = 2 // where nobody listens: a query is waiting
	// longestInput is the characters of a text that are sent. A chunk is shorter;
	// of a longer memory the beginning stands for the whole. A provider that still
	// finds it too long is asked again with half of it.
	longestInput = 8000
	shortenings  = 3
)

// Remote asks a provider for vectors (ports.Embedder). Texts go out in batches;
// a try that fails for a passing reason is repeated after a pause.
type Remote struct {
	model domain.EmbeddingModel
	batch int // texts in one call
	where place
	ask   func(ctx context.Context, texts []string) ([][]float32, error)
	pause time.Duration // the first between two tries
	limit time.Duration // of one try
}

// Model returns the vector space: provider, model and dimension.
func (r *Remote) Model() domain.EmbeddingModel { return r.model }

// Embed returns one vector a text; see ports.Embedder. A key that is not
// accepted is KindRefused, a model that is unknown or answers with vectors of
// another dimension KindInvalid, and everything that may pass KindUnavailable.
func (r *Remote) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	var at []int // places in texts of what is sent
	var send []string
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			out[i] = make([]float32, r.model.Dimension)
			continue
		}
		at, send = append(at, i), append(send, shorten(text, longestInput))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for len(send) > 0 {
		n := min(r.batch, len(send))
		vectors, err := r.some(ctx, send[:n])
		if err != nil {
			return nil, err
		}
		for i, v := range vectors {
			out[at[i]] = v
		}
		at, send = at[n:], send[n:]
	}
	return out, nil
}

// some embeds one batch. A batch that the provider refuses as a whole is tried
// text by text, so that one long text does not hold up the others.
func (r *Remote) some(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := r.try(ctx, texts)
	if !tooLong(err) {
		return vectors, r.explain(ctx, err)
	}
	if len(texts) > 1 {
		var all [][]float32
		for _, text := range texts {
			one, err := r.some(ctx, []string{text})
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return all, nil
	}
	text := texts[0]
	for range shortenings {
		text = shorten(text, utf8.RuneCountInString(text)/2)
		vectors, err = r.try(ctx, []string{text})
		if !tooLong(err) {
			break
		}
	}
	return vectors, r.explain(ctx, err)
}

// explain says what to do about err, unless it was the caller who gave up.
func (r *Remote) explain(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return r.where.explain(err)
}

// shorten returns the first n characters of text.
func shorten(text string, n int) string {
	count := 0
	for i := range text {
		if count == n {
			return text[:i]
		}
		count++
	}
	return text
}

// try asks until an answer comes, the failure is for good, or the tries are used up.
func (r *Remote) try(ctx context.Context, texts []string) ([][]float32, error) {
	pause := r.pause
	for n := 1; ; n++ {
		vectors, err := r.once(ctx, texts)
		if err == nil {
			return r.check(vectors, len(texts))
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		wait, again := retry(err, pause)
		if !again || n == remoteTries || n == dialTries && unreachable(err) {
			return nil, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
		pause *= 2
	}
}

func (r *Remote) once(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	return r.ask(ctx, texts)
}

// check holds an answer against what was asked, and scales the vectors to length 1.
func (r *Remote) check(vectors [][]float32, asked int) ([][]float32, error) {
	if len(vectors) != asked {
		return nil, &answerError{fmt.Sprintf("answered %d texts with %d vectors", asked, len(vectors))}
	}
	for _, v := range vectors {
		if len(v) != r.model.Dimension {
			return nil, domain.Invalid("%s answers with vectors of %d numbers, not of %d",
				r.where, len(v), r.model.Dimension).WithField("embedding.dimension").
				WithHint("correct embedding.model, or set embedding.dimension to %d and make a new index with: atocore index rebuild", len(v))
		}
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if math.IsNaN(square) || math.IsInf(square, 0) || square == 0 {
			return nil, &answerError{"answered with a vector that has no direction"}
		}
		length := math.Sqrt(square)
		for i, x := range v {
			v[i] = float32(float64(x) / length)
		}
	}
	return vectors, nil
}
