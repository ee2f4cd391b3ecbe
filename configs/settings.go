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
	AllowedHosts []string
	Log          Log
	HTTP         HTTP
	Rank         Rank
	Ingest       Ingest
	Vector       Vector
	Embedding    Embedding
	Backup       Backup
	Remote       Remote
	Automation   Automation
	Metrics      Metrics
	Notify       Notify
	Objectives   Objectives

	values []Value
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

// Embedding is the section of that name.
type Embedding struct {
	Provider string
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
	if s.APITokenFile == "" {
		return nil
	}
	origin := s.Origin("api_token_file")
	if s.APIToken != "" {
		return &Error{
			Key: "api_token_file", Origin: origin, Hint: "keep one of the two",
			Problem: "api_token_file is set, and so is api_token (" + s.Origin("api_token").String() + ")",
		}
	}
	content, err := os.ReadFile(s.APITokenFile)
	if err != nil {
		return &Error{Key: "api_token_file", Origin: origin, Problem: "api_token_file " + s.APITokenFile + " cannot be read", Err: cause(err)}
	}
	s.APIToken = strings.TrimSpace(string(content))
	if s.APIToken == "" {
		return &Error{Key: "api_token_file", Origin: origin, Problem: "api_token_file " + s.APITokenFile + " holds no token"}
	}
	return nil
}
