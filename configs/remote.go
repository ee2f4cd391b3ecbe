package configs

import (
	"os"
	"strings"
	"time"
)

// Remote is the section of that name.
type Remote struct {
	Type            string // none, dir, s3
	Dir             string
	Endpoint        string
	Region          string
	Bucket          string
	Prefix          string
	Lookup          string
	CAFile          string
	AccessKey       string
	SecretKey       string
	CredentialsFile string
	Recipients      []string
	IdentityFile    string
	Passphrase      string
	PassphraseFile  string
	LockMode        string
	LockFor         time.Duration
	KeepLast        int
	KeepDaily       int
	KeepWeekly      int
	KeepMonthly     int
	KeepWithin      time.Duration
}

func remoteKeys() []Key {
	return []Key{
		{
			Name: "remote.type", Kind: KindChoice, Default: "none", Choices: []string{"none", "dir", "s3"},
			Meaning: "Where backups are sent: nowhere, to a folder (another disk, a mounted share), or to a bucket of a service that speaks S3.",
			set:     func(s *Settings, v any) { s.Remote.Type = v.(string) },
		},
		{
			Name: "remote.dir", Kind: KindPath,
			Meaning: "The folder, for type dir. It must exist: a disk that is not mounted is not written past.",
			set:     func(s *Settings, v any) { s.Remote.Dir = v.(string) },
		},
		{
			Name: "remote.endpoint", Kind: KindText,
			Meaning: "The service, for type s3, such as https://s3.example.org. Without TLS only when it says http://.",
			set:     func(s *Settings, v any) { s.Remote.Endpoint = v.(string) },
		},
		{
			Name: "remote.region", Kind: KindText,
			Meaning: "The region of the bucket, where the service asks for one.",
			set:     func(s *Settings, v any) { s.Remote.Region = v.(string) },
		},
		{
			Name: "remote.bucket", Kind: KindText,
			Meaning: "The bucket. It must exist.",
			set:     func(s *Settings, v any) { s.Remote.Bucket = v.(string) },
		},
		{
			Name: "remote.prefix", Kind: KindText,
			Meaning: "What the names in the bucket begin with. Each installation needs a place of its own.",
			set:     func(s *Settings, v any) { s.Remote.Prefix = v.(string) },
		},
		{
			Name: "remote.lookup", Kind: KindChoice, Default: "auto", Choices: []string{"auto", "path", "dns"},
			Meaning: "How the bucket is addressed: in the path of the URL or in its host name.",
			set:     func(s *Settings, v any) { s.Remote.Lookup = v.(string) },
		},
		{
			Name: "remote.ca_file", Kind: KindPath,
			Meaning: "Certificates in PEM that are trusted besides those of the system.",
			set:     func(s *Settings, v any) { s.Remote.CAFile = v.(string) },
		},
		{
			Name: "remote.access_key", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "Who asks the service. Only by its variable; else remote.credentials_file, else AWS_ACCESS_KEY_ID.",
			set:     func(s *Settings, v any) { s.Remote.AccessKey = v.(string) },
		},
		{
			Name: "remote.secret_key", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "The secret that goes with it. Only by its variable; else remote.credentials_file, else AWS_SECRET_ACCESS_KEY.",
			set:     func(s *Settings, v any) { s.Remote.SecretKey = v.(string) },
		},
		{
			Name: "remote.credentials_file", Kind: KindPath,
			Meaning: "A file that holds both, in the form of the AWS tools.",
			set:     func(s *Settings, v any) { s.Remote.CredentialsFile = v.(string) },
		},
		{
			Name: "remote.recipients", Kind: KindList,
			Meaning: "The age public keys that archives are encrypted for. When it is not set, those of remote.identity_file.",
			set:     func(s *Settings, v any) { s.Remote.Recipients = v.([]string) },
		},
		{
			Name: "remote.identity_file", Kind: KindPath,
			Meaning: "The file with the age secret key that opens archives; `atocore backup remote keygen` makes one. Keep a copy away from this machine: without it the archives are lost.",
			set:     func(s *Settings, v any) { s.Remote.IdentityFile = v.(string) },
		},
		{
			Name: "remote.passphrase", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "Encrypts and opens archives instead of a key; at least 16 characters. Only by its variable.",
			set:     func(s *Settings, v any) { s.Remote.Passphrase = v.(string) },
		},
		{
			Name: "remote.passphrase_file", Kind: KindPath,
			Meaning: "A file that holds the passphrase, instead of remote.passphrase.",
			set:     func(s *Settings, v any) { s.Remote.PassphraseFile = v.(string) },
		},
		{
			Name: "remote.lock_mode", Kind: KindChoice, Default: "none", Choices: []string{"none", "governance", "compliance"},
			Meaning: "Whether the service is told to let nobody remove a copy for remote.lock_for. The bucket must have been made with object lock.",
			set:     func(s *Settings, v any) { s.Remote.LockMode = v.(string) },
		},
		{
			Name: "remote.lock_for", Kind: KindDuration, Default: "30d", Min: 60, Max: 3650 * 86400,
			Meaning: "How long a copy is locked.",
			set:     func(s *Settings, v any) { s.Remote.LockFor = v.(time.Duration) },
		},
		{
			Name: "remote.keep_last", Kind: KindCount, Default: "10", Min: 0, Max: 10000,
			Meaning: "Retention on the remote: the newest so many are kept. With all of remote.keep_* at 0 everything is kept; backup.min_keep holds there, too.",
			set:     func(s *Settings, v any) { s.Remote.KeepLast = v.(int) },
		},
		{
			Name: "remote.keep_daily", Kind: KindCount, Default: "14", Min: 0, Max: 10000,
			Meaning: "Retention on the remote: the best of a day, for so many days that have any.",
			set:     func(s *Settings, v any) { s.Remote.KeepDaily = v.(int) },
		},
		{
			Name: "remote.keep_weekly", Kind: KindCount, Default: "8", Min: 0, Max: 10000,
			Meaning: "Retention on the remote: the best of a week, likewise.",
			set:     func(s *Settings, v any) { s.Remote.KeepWeekly = v.(int) },
		},
		{
			Name: "remote.keep_monthly", Kind: KindCount, Default: "24", Min: 0, Max: 10000,
			Meaning: "Retention on the remote: the best of a month, likewise.",
			set:     func(s *Settings, v any) { s.Remote.KeepMonthly = v.(int) },
		},
		{
			Name: "remote.keep_within", Kind: KindDuration, Default: "48h", Min: 0, Max: 3650 * 86400,
			Meaning: "Retention on the remote: everything that is so much younger than the newest there.",
			set:     func(s *Settings, v any) { s.Remote.KeepWithin = v.(time.Duration) },
		},
	}
}

// deriveRemote keeps secrets out of the configuration file, which is copied, shown
// and committed, and reads the passphrase from its own file.
func (s *Settings) deriveRemote() error {
	for _, name := range []string{"remote.access_key", "remote.secret_key", "remote.passphrase"} {
		if origin := s.Origin(name); origin.Source == SourceFile {
			k, _ := find(name)
			instead := "remote.credentials_file"
			if name == "remote.passphrase" {
				instead = "remote.passphrase_file"
			}
			return &Error{
				Key: name, Origin: origin, Problem: name + " does not belong in the configuration file",
				Hint: "set the variable " + k.Env() + ", or " + instead,
			}
		}
	}
	r := &s.Remote
	if r.PassphraseFile == "" {
		return nil
	}
	origin := s.Origin("remote.passphrase_file")
	wrong := func(problem string, err error) error {
		return &Error{Key: "remote.passphrase_file", Origin: origin, Problem: "remote.passphrase_file " + r.PassphraseFile + " " + problem, Err: err}
	}
	if r.Passphrase != "" {
		return &Error{
			Key: "remote.passphrase_file", Origin: origin, Hint: "keep one of the two",
			Problem: "remote.passphrase_file is set, and so is remote.passphrase (" + s.Origin("remote.passphrase").String() + ")",
		}
	}
	content, err := os.ReadFile(r.PassphraseFile)
	if err != nil {
		return wrong("cannot be read", cause(err))
	}
	r.Passphrase = strings.TrimRight(string(content), "\r\n")
	if r.Passphrase == "" {
		return wrong("holds no passphrase", nil)
	}
	return nil
}
