package configs

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Settings are the effective values. Paths are absolute.
type Settings struct {
	File string // the configuration file that was read, "" for none

	DataDir      string
	Listen       string
	APIToken     string
	APITokenFile string
	APIKey       string
	APIKeyFile   string
	Keys         APIKeys
	AllowedHosts []string
	Log          Log
	HTTP         HTTP
	Rank         Rank
	Ingest       Ingest
	Vector       Vector
	Chroma       Chroma
	Embedding    Embedding
	Backup       Backup
	Remote       Remote
	Automation   Automation
	Metrics      Metrics
	Notify       Notify
	Objectives   Objectives
	Interaction  Interaction
	Chat         Chat

	values []Value
}

// APIKeys is the section keys.
type APIKeys struct {
	Rate int // requests a minute
}

// Log is the section of that name.
type Log struct {
	Level  string
	Format string
}

// HTTP is the section of that name.
type HTTP struct {
	BodyLimit       int64 // bytes
	RequestTimeout  time.Duration
	ShutdownTimeout time.Duration
}

// Rank is the section of that name.
type Rank struct {
	ProjectMatchBoost    float64
	QueryTokenStep       float64
	QueryTokenCap        float64
	PathHighSignalBoost  float64
	PathLowSignalPenalty float64
	PathHighSignal       []string
	PathLowSignal        []string
}

// Ingest is the section of that name.
type Ingest struct {
	MaxFileSize int64 // bytes
	ChunkSize   int   // characters
}

// Vector is the section of that name.
type Vector struct {
	Driver string
}

// Chroma is the section of that name.
type Chroma struct {
	Mode       string
	URL        string
	Tenant     string
	Database   string
	Collection string
	Token      string
	TokenFile  string
	CAFile     string
	Timeout    time.Duration
	PersistDir string
	Library    string
}

// Embedding is the section of that name.
type Embedding struct {
	Provider   string
	Model      string
	URL        string
	Dimension  int
	Timeout    time.Duration
	APIKey     string
	APIKeyFile string
}

// Backup is the section of that name.
type Backup struct {
	Dir         string
	ScratchDir  string
	Probes      []string
	KeepLast    int
	KeepDaily   int
	KeepWeekly  int
	KeepMonthly int
	KeepWithin  time.Duration
	MinKeep     int
}

// Automation is the section of that name. Schedules are "off" or what a reader of
// schedules understands.
type Automation struct {
	Backup      string
	Prove       string
	Push        string
	Prune       string
	Drill       string
	Jitter      time.Duration
	Grace       time.Duration
	Capture     string // off, on
	Ingest      string
	Watch       string // off, on
	WatchQuiet  time.Duration
	WatchPoll   time.Duration
	Reinforce   string
	MaxDrillAge time.Duration
}

// Metrics is the section of that name.
type Metrics struct {
	Enabled bool
}

// Notify is the section of that name.
type Notify struct {
	Webhook       string
	WebhookSecret string
	FailuresOnly  bool
	Heartbeats    map[string]string // job → URL; nil for none
	Timeout       time.Duration
	Attempts      int
}

func (n *Notify) setHeartbeat(job, url string) {
	if url == "" {
		return
	}
	if n.Heartbeats == nil {
		n.Heartbeats = map[string]string{}
	}
	n.Heartbeats[job] = url
}

// Objectives is the section of that name. Zero durations ask for nothing.
type Objectives struct {
	RPO        time.Duration
	RTO        time.Duration
	ProofAge   time.Duration
	DrillAge   time.Duration
	OffsiteAge time.Duration
	Refuse     bool // /ready answers 503 for what is red
}

// Interaction is the section of that name.
type Interaction struct {
	KeepFor time.Duration // 0: however old
	Keep    int           // 0: however many
}

// Chat is the section of that name.
type Chat struct {
	URL        string // "" for no chat model
	Model      string
	Timeout    time.Duration
	APIKey     string
	APIKeyFile string
}

// Values returns every effective value in the order of Keys.
func (s *Settings) Values() []Value { return s.values }

// Origin returns where the value of the key came from.
func (s *Settings) Origin(key string) Origin {
	for _, v := range s.values {
		if v.Key.Name == key {
			return v.Origin
		}
	}
	return Origin{}
}

// derive fills in what follows from other keys.
func (s *Settings) derive() error {
	if s.Backup.Dir == "" {
		s.Backup.Dir = filepath.Join(s.DataDir, "backups")
		for i := range s.values {
			if s.values[i].Key.Name == "backup.dir" {
				s.values[i].Text = s.Backup.Dir
			}
		}
	}
	if s.Backup.ScratchDir == "" {
		s.Backup.ScratchDir = filepath.Join(s.DataDir, ".scratch")
		for i := range s.values {
			if s.values[i].Key.Name == "backup.scratch_dir" {
				s.values[i].Text = s.Backup.ScratchDir
			}
		}
	}
	if err := s.deriveRemote(); err != nil {
		return err
	}
	for _, f := range []struct {
		key, secretKey, file string
		secret               *string
	}{
		{"api_token_file", "api_token", s.APITokenFile, &s.APIToken},
		{"api_key_file", "api_key", s.APIKeyFile, &s.APIKey},
		{"chroma.token_file", "chroma.token", s.Chroma.TokenFile, &s.Chroma.Token},
		{"embedding.api_key_file", "embedding.api_key", s.Embedding.APIKeyFile, &s.Embedding.APIKey},
		{"chat.api_key_file", "chat.api_key", s.Chat.APIKeyFile, &s.Chat.APIKey},
	} {
		if err := s.readSecret(f.key, f.secretKey, f.file, f.secret); err != nil {
			return err
		}
	}
	return nil
}

// readSecret fills in a secret that is kept in a file of its own.
func (s *Settings) readSecret(key, secretKey, file string, secret *string) error {
	if file == "" {
		return nil
	}
	origin := s.Origin(key)
	if *secret != "" {
		return &Error{
			Key: key, Origin: origin, Hint: "keep one of the two",
			Problem: key + " is set, and so is " + secretKey + " (" + s.Origin(secretKey).String() + ")",
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return &Error{Key: key, Origin: origin, Problem: key + " " + file + " cannot be read", Err: cause(err)}
	}
	if *secret = strings.TrimSpace(string(content)); *secret == "" {
		word := secretKey[strings.LastIndexAny(secretKey, "._")+1:]
		return &Error{Key: key, Origin: origin, Problem: key + " " + file + " holds no " + word}
	}
	return nil
}
