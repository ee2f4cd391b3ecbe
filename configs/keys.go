package configs

import "time"

// Keys returns every key in the order in which they are documented. A new setting
// is one entry here, or in the file of its section, and one field in Settings; the
// documents follow with `go test ./configs -update`.
func Keys() []Key { return append(generalKeys(), vectorKeys()...) }

func generalKeys() []Key {
	return []Key{
		{
			Name: "data_dir", Kind: KindPath, Default: "./data",
			Meaning: "The folder that holds all state: database, registry, locks. It is made on first use, readable by its owner alone.",
			set:     func(s *Settings, v any) { s.DataDir = v.(string) },
		},
		{
			Name: "listen", Kind: KindText, Default: "127.0.0.1:8100",
			Meaning: "Host and port that the HTTP service listens on. Beyond loopback it needs api_token. Port 0 takes a free one.",
			set:     func(s *Settings, v any) { s.Listen = v.(string) },
		},
		{
			Name: "api_token", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "When set, every HTTP call but /health must carry it: Authorization: Bearer TOKEN. There is no flag for it.",
			set:     func(s *Settings, v any) { s.APIToken = v.(string) },
		},
		{
			Name: "api_token_file", Kind: KindPath,
			Meaning: "A file that holds the token, instead of api_token.",
			set:     func(s *Settings, v any) { s.APITokenFile = v.(string) },
		},
		{
			Name: "allowed_hosts", Kind: KindList,
			Meaning: "Host names, besides loopback, under which the service may be called: what Host and Origin are checked against.",
			set:     func(s *Settings, v any) { s.AllowedHosts = v.([]string) },
		},
		{
			Name: "log.level", Kind: KindChoice, Default: "info", Choices: []string{"debug", "info", "warn", "error"},
			Meaning: "The least important message that is logged, on standard error.",
			set:     func(s *Settings, v any) { s.Log.Level = v.(string) },
		},
		{
			Name: "log.format", Kind: KindChoice, Default: "text", Choices: []string{"text", "json"},
			Meaning: "How log messages are written.",
			set:     func(s *Settings, v any) { s.Log.Format = v.(string) },
		},
		{
			Name: "http.body_limit", Kind: KindSize, Default: "1MiB", Min: 64 << 10, Max: 64 << 20,
			Meaning: "The largest request body that is accepted.",
			set:     func(s *Settings, v any) { s.HTTP.BodyLimit = v.(int64) },
		},
		{
			Name: "http.request_timeout", Kind: KindDuration, Default: "30s", Min: 1, Max: 3600,
			Meaning: "How long one request may take. Refreshing a project and making a backup are exempt.",
			set:     func(s *Settings, v any) { s.HTTP.RequestTimeout = v.(time.Duration) },
		},
		{
			Name: "http.shutdown_timeout", Kind: KindDuration, Default: "10s", Min: 0, Max: 600,
			Meaning: "How long a stopping service waits for requests that are under way.",
			set:     func(s *Settings, v any) { s.HTTP.ShutdownTimeout = v.(time.Duration) },
		},
		{
			Name: "rank.project_match_boost", Kind: KindNumber, Default: "2", Min: 1, Max: 10,
			Meaning: "Multiplies the score of what belongs to the project asked for or named in the prompt.",
			set:     func(s *Settings, v any) { s.Rank.ProjectMatchBoost = v.(float64) },
		},
		{
			Name: "rank.query_token_step", Kind: KindNumber, Default: "0.08", Min: 0, Max: 1,
			Meaning: "Added to the factor for each word of the prompt found in title, heading or path.",
			set:     func(s *Settings, v any) { s.Rank.QueryTokenStep = v.(float64) },
		},
		{
			Name: "rank.query_token_cap", Kind: KindNumber, Default: "1.32", Min: 1, Max: 10,
			Meaning: "The most that this factor can become.",
			set:     func(s *Settings, v any) { s.Rank.QueryTokenCap = v.(float64) },
		},
		{
			Name: "rank.path_high_signal_boost", Kind: KindNumber, Default: "1.18", Min: 1, Max: 10,
			Meaning: "Multiplies the score of paths that carry decisions.",
			set:     func(s *Settings, v any) { s.Rank.PathHighSignalBoost = v.(float64) },
		},
		{
			Name: "rank.path_low_signal_penalty", Kind: KindNumber, Default: "0.72", Min: 0.01, Max: 1,
			Meaning: "Multiplies the score of archives, drafts and histories.",
			set:     func(s *Settings, v any) { s.Rank.PathLowSignalPenalty = v.(float64) },
		},
		{
			Name: "rank.path_high_signal", Kind: KindList,
			Default: "adr,adrs,architecture,charter,decision,decisions,design,overview," +
				"plan,policy,readme,requirements,roadmap,spec,specification,status",
			Meaning: "The words that mark a path of decisions: one of them is a word of the path.",
			set:     func(s *Settings, v any) { s.Rank.PathHighSignal = v.([]string) },
		},
		{
			Name: "rank.path_low_signal", Kind: KindList,
			Default: "archive,archived,archives,backup,bak,changelog,deprecated,draft," +
				"drafts,history,legacy,obsolete,old,scratch,tmp,trash",
			Meaning: "The words that mark an archive, draft or history. They win over the high signal.",
			set:     func(s *Settings, v any) { s.Rank.PathLowSignal = v.([]string) },
		},
		{
			Name: "ingest.max_file_size", Kind: KindSize, Default: "2MiB", Min: 1 << 10, Max: 256 << 20,
			Meaning: "Larger files are skipped, and listed as skipped.",
			set:     func(s *Settings, v any) { s.Ingest.MaxFileSize = v.(int64) },
		},
		{
			Name: "ingest.chunk_size", Kind: KindCount, Default: "1300", Min: 200, Max: 8000,
			Meaning: "The characters that a chunk, the piece of a document that is found and cited, should have at most. Changing it takes effect for a file when that file changes.",
			set:     func(s *Settings, v any) { s.Ingest.ChunkSize = v.(int) },
		},
		{
			Name: "backup.dir", Kind: KindPath,
			Meaning: "The folder that holds the backups; when it is not set, backups in data_dir. Better on another disk.",
			set:     func(s *Settings, v any) { s.Backup.Dir = v.(string) },
		},
	}
}
