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
	Chroma       Chroma
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
	for _, f := range []struct {
		key, secretKey, file string
		secret               *string
	}{
		{"api_token_file", "api_token", s.APITokenFile, &s.APIToken},
		{"chroma.token_file", "chroma.token", s.Chroma.TokenFile, &s.Chroma.Token},
		{"embedding.api_key_file", "embedding.api_key", s.Embedding.APIKeyFile, &s.Embedding.APIKey},
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
