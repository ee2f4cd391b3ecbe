package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/atocore/atocore/domain"
)

// The files of a collection.
const (
	corpusFile  = "corpus.jsonl"
	queriesFile = "queries.jsonl"
)

// judgementFiles are where judgements may be: beside the others, or as the
// benchmark itself ships them.
var judgementFiles = []string{"qrels.tsv", "qrels/test.tsv"}

// maxLine bounds one line of a collection, in bytes.
const maxLine = 64 << 20

// Expectation is one thing that a question should find.
type Expectation struct {
	Name  string  // id of a document, or what query.Locate takes
	Grade float64 // above 0; more is more relevant
}

// Question is one judged question.
type Question struct {
	ID       string
	Text     string
	Project  string // "" asks everything
	Expected []Expectation
}

// Text is one document of a collection.
type Text struct {
	ID, Title, Text, Project string
}

// Corpus is a judged collection.
type Corpus struct {
	Texts     []Text
	Questions []Question // those with at least one judgement above 0, in the order of the file
	Unjudged  int        // questions without any
	Unknown   int        // judgements about documents that the collection lacks: never found
}

// ReadCorpus reads a collection: corpus.jsonl with _id, title, text and project,
// queries.jsonl with _id, text and project, and qrels.tsv (or qrels/test.tsv) with
// query-id, corpus-id and score. title and project may be missing, other fields are
// passed over. name stands for the folder in errors, which are KindInvalid and name
// file and line, or KindNotFound.
func ReadCorpus(files fs.FS, name string) (Corpus, error) {
	r := corpusReader{files: files, name: name, questions: map[string]int{}, texts: map[string]bool{}}
	for _, step := range []func() error{r.readTexts, r.readQuestions, r.readJudgements} {
		if err := step(); err != nil {
			return Corpus{}, err
		}
	}
	judged := r.corpus.Questions[:0]
	for _, q := range r.corpus.Questions {
		if len(q.Expected) == 0 {
			r.corpus.Unjudged++
			continue
		}
		judged = append(judged, q)
	}
	r.corpus.Questions = judged
	if len(judged) == 0 {
		return Corpus{}, domain.Invalid("%s has no question with a judgement above 0", name)
	}
	return r.corpus, nil
}

type corpusReader struct {
	files     fs.FS
	name      string
	corpus    Corpus
	texts     map[string]bool
	questions map[string]int // position
}

// entry is a line of corpus.jsonl or queries.jsonl.
type entry struct {
	ID      *string `json:"_id"`
	Title   string  `json:"title"`
	Text    *string `json:"text"`
	Project string  `json:"project"`
}

func (r *corpusReader) readTexts() error {
	return r.entries(corpusFile, func(e entry) error {
		if r.texts[*e.ID] {
			return fmt.Errorf("_id %q is there twice", *e.ID)
		}
		r.texts[*e.ID] = true
		r.corpus.Texts = append(r.corpus.Texts, Text{*e.ID, e.Title, *e.Text, e.Project})
		return nil
	})
}

func (r *corpusReader) readQuestions() error {
	return r.entries(queriesFile, func(e entry) error {
		if _, twice := r.questions[*e.ID]; twice {
			return fmt.Errorf("_id %q is there twice", *e.ID)
		}
		if err := (domain.Query{Prompt: *e.Text}).Validate(); err != nil {
			return err
		}
		r.questions[*e.ID] = len(r.corpus.Questions)
		r.corpus.Questions = append(r.corpus.Questions, Question{ID: *e.ID, Text: *e.Text, Project: e.Project})
		return nil
	})
}

func (r *corpusReader) entries(file string, take func(entry) error) error {
	n := 0
	err := r.lines(file, func(line []byte) error {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return jsonFault(err)
		}
		switch {
		case e.ID == nil || *e.ID == "":
			return errors.New("_id is missing")
		case e.Text == nil:
			return errors.New("text is missing")
		case e.Project != "" && !validName(e.Project):
			return fmt.Errorf("%q cannot be the name of a project", e.Project)
		}
		n++
		return take(e)
	})
	if err == nil && n == 0 {
		return domain.Invalid("%s/%s holds nothing", r.name, file)
	}
	return err
}

func (r *corpusReader) readJudgements() error {
	file := judgementFiles[0]
	if _, err := fs.Stat(r.files, file); errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(r.files, judgementFiles[1]); err == nil {
			file = judgementFiles[1]
		}
	}
	seen := map[[2]string]bool{}
	first := true
	return r.lines(file, func(line []byte) error {
		fields := strings.Split(strings.TrimRight(string(line), "\r"), "\t")
		heading := first
		first = false
		if len(fields) != 3 {
			return fmt.Errorf("there are %d fields, parted by tabs, instead of query-id, corpus-id and score", len(fields))
		}
		grade, err := strconv.ParseFloat(strings.TrimSpace(fields[2]), 64)
		if err != nil && heading {
			return nil
		}
		if err != nil || math.IsNaN(grade) || math.IsInf(grade, 0) {
			return fmt.Errorf("the score %q is not a number", fields[2])
		}
		at, known := r.questions[fields[0]]
		if !known {
			return fmt.Errorf("%s has no question %q", queriesFile, fields[0])
		}
		if seen[[2]string{fields[0], fields[1]}] {
			return fmt.Errorf("question %q and document %q are judged twice", fields[0], fields[1])
		}
		seen[[2]string{fields[0], fields[1]}] = true
		if grade <= 0 {
			return nil
		}
		if !r.texts[fields[1]] {
			r.corpus.Unknown++
		}
		q := &r.corpus.Questions[at]
		q.Expected = append(q.Expected, Expectation{fields[1], grade})
		return nil
	})
}

// lines calls take with every line that is not blank; what take returns is
// reported with file and line.
func (r *corpusReader) lines(file string, take func([]byte) error) error {
	f, err := r.files.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return domain.NotFound("%s has no %s", r.name, file).
			WithHint("a collection is a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
	}
	if err != nil {
		return domain.Unavailable("%s/%s cannot be read", r.name, file).Because(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return eachLine(f, r.name+"/"+file, take)
}

// eachLine reads a file line by line; blank lines are passed over.
func eachLine(from io.Reader, name string, take func([]byte) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := take(line); err != nil {
			return atLine(name, n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return atLine(name, n+1, fmt.Errorf("the line is longer than %d MiB", maxLine>>20))
	}
	if err := lines.Err(); err != nil {
		return domain.Unavailable("%s cannot be read", name).Because(err)
	}
	return nil
}

// atLine says where something is wrong.
func atLine(name string, line int, err error) error {
	var e *domain.Error
	if errors.As(err, &e) {
		out := *e
		out.Message = fmt.Sprintf("%s:%d: %s", name, line, e.Message)
		return &out
	}
	return domain.Invalid("%s:%d: %v", name, line, err)
}

// jsonFault shortens what the decoder says.
func jsonFault(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return fmt.Errorf("the line is a JSON %s and not an object", kind.Value)
		}
		return fmt.Errorf("%s is a %s and not a %s", kind.Field, kind.Value, kind.Type)
	}
	return fmt.Errorf("this is not one JSON object: %w", err)
}

func validName(project string) bool {
	p := domain.Project{Name: project, IngestRoots: []domain.IngestRoot{importRoot()}}
	return p.Validate() == nil
}
