package configs

import (
	"slices"
	"time"
)

// Keys returns every key in the order in which they are documented. A new setting
// is one entry here, or in the file of its section, and one field in Settings; the
// documents follow with `go test ./configs -update`.
func Keys() []Key { return slices.Concat(generalKeys(), vectorKeys(), remoteKeys(), captureKeys()) }

func generalKeys() []Key {
	return []Key{
		{
			Name: "data_dir", Kind: KindPath, Default: "./data",
			Meaning: "The folder that holds all state: database, registry, locks. It is made on first use, readable by its owner alone.",
			set:     func(s *Settings, v any) { s.DataDir = v.(string) },
		},
		{
			Name: "listen", Kind: KindText, Default: "127.0.0.1:8100",
			Meaning: "Host and port that the HTTP service listens on. Beyond loopback it needs api_token, or a key. Port 0 takes a free one.",
			set:     func(s *Settings, v any) { s.Listen = v.(string) },
		},
		{
			Name: "api_token", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "The operator's own token. When it is set, or there is a key, every HTTP call but /health must carry one: Authorization: Bearer TOKEN. There is no flag for it.",
			set:     func(s *Settings, v any) { s.APIToken = v.(string) },
		},
		{
			Name: "api_token_file", Kind: KindPath,
			Meaning: "A file that holds the token, instead of api_token.",
			set:     func(s *Settings, v any) { s.APITokenFile = v.(string) },
		},
		{
			Name: "api_key", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "The key that \"atocore mcp\" works with: its agent may do what the key may do. Without it, what the operator may do. There is no flag for it.",
			set:     func(s *Settings, v any) { s.APIKey = v.(string) },
		},
		{
			Name: "api_key_file", Kind: KindPath,
			Meaning: "A file that holds the key, instead of api_key.",
			set:     func(s *Settings, v any) { s.APIKeyFile = v.(string) },
		},
		{
			Name: "keys.rate", Kind: KindCount, Default: "6000", Min: 1, Max: 1_000_000,
			Meaning: "How many requests a minute a key may make that was not given a rate of its own. A sixth of them may come at once.",
			set:     func(s *Settings, v any) { s.Keys.Rate = v.(int) },
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
			Name: "rank.query_token_step", Kind: KindNumber, Default: "0.02", Min: 0, Max: 1,
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
		{
			Name: "backup.scratch_dir", Kind: KindPath,
			Meaning: "Where backups are restored in order to prove them, and drills are run; when it is not set, .scratch in data_dir. It takes the size of a backup, six times that for a drill.",
			set:     func(s *Settings, v any) { s.Backup.ScratchDir = v.(string) },
		},
		{
			Name: "backup.probes", Kind: KindList,
			Meaning: "Your own questions, without commas: what they are answered is recorded with each backup, and a restored copy must answer the same.",
			set:     func(s *Settings, v any) { s.Backup.Probes = v.([]string) },
		},
		{
			Name: "backup.keep_last", Kind: KindCount, Default: "7", Min: 0, Max: 10000,
			Meaning: "Retention: the newest so many backups are kept. A backup that one rule keeps is kept; 0 switches a rule off; when all are off nothing is removed.",
			set:     func(s *Settings, v any) { s.Backup.KeepLast = v.(int) },
		},
		{
			Name: "backup.keep_daily", Kind: KindCount, Default: "14", Min: 0, Max: 10000,
			Meaning: "Retention: the best backup of a day is kept, for so many days that have any.",
			set:     func(s *Settings, v any) { s.Backup.KeepDaily = v.(int) },
		},
		{
			Name: "backup.keep_weekly", Kind: KindCount, Default: "8", Min: 0, Max: 10000,
			Meaning: "Retention: the best backup of a week, likewise.",
			set:     func(s *Settings, v any) { s.Backup.KeepWeekly = v.(int) },
		},
		{
			Name: "backup.keep_monthly", Kind: KindCount, Default: "12", Min: 0, Max: 10000,
			Meaning: "Retention: the best backup of a month, likewise.",
			set:     func(s *Settings, v any) { s.Backup.KeepMonthly = v.(int) },
		},
		{
			Name: "backup.keep_within", Kind: KindDuration, Default: "48h", Min: 0, Max: 3650 * 86400,
			Meaning: "Retention: everything that is so much younger than the newest backup is kept.",
			set:     func(s *Settings, v any) { s.Backup.KeepWithin = v.(time.Duration) },
		},
		{
			Name: "backup.min_keep", Kind: KindCount, Default: "3", Min: 1, Max: 10000,
			Meaning: "Retention: the newest so many sound backups are kept whatever the rules say, besides the newest proven one, pinned ones and what a restore may still need.",
			set:     func(s *Settings, v any) { s.Backup.MinKeep = v.(int) },
		},
		{
			Name: "automation.backup", Kind: KindText, Default: "0 3 * * *",
			Meaning: "When the service makes a backup by itself: five fields as for cron, @daily, @every 6h, or off. Runs that were missed are caught up.",
			set:     func(s *Settings, v any) { s.Automation.Backup = v.(string) },
		},
		{
			Name: "automation.prove", Kind: KindText, Default: "after-backup",
			Meaning: "When it restores the newest backup into scratch to prove it: after-backup, a schedule, or off.",
			set:     func(s *Settings, v any) { s.Automation.Prove = v.(string) },
		},
		{
			Name: "automation.push", Kind: KindText, Default: "after-backup",
			Meaning: "When it sends off site what the remote has not, and lets go there of what is not kept: after-backup, a schedule, or off. Without a remote it never does.",
			set:     func(s *Settings, v any) { s.Automation.Push = v.(string) },
		},
		{
			Name: "automation.prune", Kind: KindText, Default: "after-backup",
			Meaning: "When it removes what the retention does not keep: after-backup, a schedule, or off.",
			set:     func(s *Settings, v any) { s.Automation.Prune = v.(string) },
		},
		{
			Name: "automation.drill", Kind: KindText, Default: "0 4 * * 0",
			Meaning: "When it rehearses a whole restore in scratch: a schedule, or off.",
			set:     func(s *Settings, v any) { s.Automation.Drill = v.(string) },
		},
		{
			Name: "automation.jitter", Kind: KindDuration, Default: "2m", Min: 0, Max: 6 * 3600,
			Meaning: "At most so much after its time a job begins, always the same for an installation and a time.",
			set:     func(s *Settings, v any) { s.Automation.Jitter = v.(time.Duration) },
		},
		{
			Name: "automation.grace", Kind: KindDuration, Default: "1h", Min: 60, Max: 30 * 86400,
			Meaning: "How late a job may be before it counts as missed, is recorded and told.",
			set:     func(s *Settings, v any) { s.Automation.Grace = v.(time.Duration) },
		},
		{
			Name: "automation.capture", Kind: KindChoice, Default: "off", Choices: []string{"off", "on"},
			Meaning: "Whether agents may have memories captured by themselves. It needs a drill that passed.",
			set:     func(s *Settings, v any) { s.Automation.Capture = v.(string) },
		},
		{
			Name: "automation.ingest", Kind: KindText, Default: "off",
			Meaning: "When every project is refreshed by itself: a schedule, or off. It needs a drill that passed.",
			set:     func(s *Settings, v any) { s.Automation.Ingest = v.(string) },
		},
		{
			Name: "automation.watch", Kind: KindChoice, Default: "off", Choices: []string{"off", "on"},
			Meaning: "Whether the folders of projects are watched and refreshed when they change. It needs a drill that passed.",
			set:     func(s *Settings, v any) { s.Automation.Watch = v.(string) },
		},
		{
			Name: "automation.watch_quiet", Kind: KindDuration, Default: "3s", Min: 1, Max: 3600,
			Meaning: "How long a watched folder must be quiet before it is refreshed.",
			set:     func(s *Settings, v any) { s.Automation.WatchQuiet = v.(time.Duration) },
		},
		{
			Name: "automation.watch_poll", Kind: KindDuration, Default: "5m", Min: 10, Max: 86400,
			Meaning: "How often a folder is looked at that cannot be watched: on a network file system, or when the system has no watches left.",
			set:     func(s *Settings, v any) { s.Automation.WatchPoll = v.(time.Duration) },
		},
		{
			Name: "automation.reinforce", Kind: KindText, Default: "off",
			Meaning: "When memories that nothing reinforced for long are retired by themselves: a schedule, or off. It needs a drill that passed.",
			set:     func(s *Settings, v any) { s.Automation.Reinforce = v.(string) },
		},
		{
			Name: "automation.max_drill_age", Kind: KindDuration, Default: "30d", Min: 3600, Max: 3650 * 86400,
			Meaning: "How old the last drill that passed may be for anything to write by itself.",
			set:     func(s *Settings, v any) { s.Automation.MaxDrillAge = v.(time.Duration) },
		},
		{
			Name: "metrics.enabled", Kind: KindChoice, Default: "on", Choices: []string{"on", "off"},
			Meaning: "Whether the service answers /metrics, in Prometheus' text format. Where there is a token, the call needs it.",
			set:     func(s *Settings, v any) { s.Metrics.Enabled = v.(string) == "on" },
		},
		{
			Name: "notify.webhook", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "An http or https URL that is sent a JSON document when a backup, proof, push, pruning or drill has ended, and when an objective changes its light.",
			set:     func(s *Settings, v any) { s.Notify.Webhook = v.(string) },
		},
		{
			Name: "notify.webhook_secret", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "Signs what the webhook is sent: HMAC-SHA256, in the header Atocore-Signature.",
			set:     func(s *Settings, v any) { s.Notify.WebhookSecret = v.(string) },
		},
		{
			Name: "notify.webhook_on", Kind: KindChoice, Default: "all", Choices: []string{"all", "failures"},
			Meaning: "What the webhook is sent: everything, or not the jobs that went well.",
			set:     func(s *Settings, v any) { s.Notify.FailuresOnly = v.(string) == "failures" },
		},
		{
			Name: "notify.heartbeat_backup", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "An http or https URL that is called when a backup went well, and with /fail at its end when one failed.",
			set:     func(s *Settings, v any) { s.Notify.setHeartbeat("backup", v.(string)) },
		},
		{
			Name: "notify.heartbeat_prove", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "An http or https URL that is called when a proof went well, and with /fail at its end when one failed.",
			set:     func(s *Settings, v any) { s.Notify.setHeartbeat("prove", v.(string)) },
		},
		{
			Name: "notify.heartbeat_push", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "An http or https URL that is called when a copy off site went well, and with /fail at its end when one failed.",
			set:     func(s *Settings, v any) { s.Notify.setHeartbeat("push", v.(string)) },
		},
		{
			Name: "notify.heartbeat_prune", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "An http or https URL that is called when a pruning went well, and with /fail at its end when one failed.",
			set:     func(s *Settings, v any) { s.Notify.setHeartbeat("prune", v.(string)) },
		},
		{
			Name: "notify.heartbeat_drill", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "An http or https URL that is called when a drill went well, and with /fail at its end when one failed.",
			set:     func(s *Settings, v any) { s.Notify.setHeartbeat("drill", v.(string)) },
		},
		{
			Name: "notify.timeout", Kind: KindDuration, Default: "10s", Min: 1, Max: 60,
			Meaning: "How long one attempt to deliver a notice may take.",
			set:     func(s *Settings, v any) { s.Notify.Timeout = v.(time.Duration) },
		},
		{
			Name: "notify.attempts", Kind: KindCount, Default: "5", Min: 1, Max: 20,
			Meaning: "How often the delivery of a notice is attempted. The pause between two is a second, then twice as long each time, at most a minute.",
			set:     func(s *Settings, v any) { s.Notify.Attempts = v.(int) },
		},
		{
			Name: "objectives.rpo", Kind: KindDuration, Default: "0s", Min: 0, Max: 87600 * 3600,
			Meaning: "The recovery point objective: the newest good backup is at most so old. As of any objective, 0s asks for nothing; it is yellow when missed, and red when missed by more than its double or never met.",
			set:     func(s *Settings, v any) { s.Objectives.RPO = v.(time.Duration) },
		},
		{
			Name: "objectives.rto", Kind: KindDuration, Default: "0s", Min: 0, Max: 87600 * 3600,
			Meaning: "The recovery time objective: the restore that the last proof measured took at most this.",
			set:     func(s *Settings, v any) { s.Objectives.RTO = v.(time.Duration) },
		},
		{
			Name: "objectives.proof_age", Kind: KindDuration, Default: "0s", Min: 0, Max: 87600 * 3600,
			Meaning: "A backup was proven to restore within this time.",
			set:     func(s *Settings, v any) { s.Objectives.ProofAge = v.(time.Duration) },
		},
		{
			Name: "objectives.drill_age", Kind: KindDuration, Default: "0s", Min: 0, Max: 87600 * 3600,
			Meaning: "A drill passed within this time.",
			set:     func(s *Settings, v any) { s.Objectives.DrillAge = v.(time.Duration) },
		},
		{
			Name: "objectives.offsite_age", Kind: KindDuration, Default: "0s", Min: 0, Max: 87600 * 3600,
			Meaning: "A backup of which there is a copy off site is at most so old.",
			set:     func(s *Settings, v any) { s.Objectives.OffsiteAge = v.(time.Duration) },
		},
		{
			Name: "objectives.ready", Kind: KindChoice, Default: "report", Choices: []string{"report", "refuse"},
			Meaning: "What /ready does about an objective that is red: say so in its answer, or answer 503. Yellow is only ever said.",
			set:     func(s *Settings, v any) { s.Objectives.Refuse = v.(string) == "refuse" },
		},
	}
}
