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
	Dir string
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
