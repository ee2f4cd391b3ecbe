package configs

import "time"

// vectorKeys are the keys of where vectors are kept and what makes them.
func vectorKeys() []Key {
	return []Key{
		{
			Name: "vector.driver", Kind: KindChoice, Default: "sqlite", Choices: []string{"sqlite", "chroma"},
			Meaning: "Where vectors are kept: in the database itself, or in Chroma. After a change: atocore index rebuild.",
			set:     func(s *Settings, v any) { s.Vector.Driver = v.(string) },
		},
		{
			Name: "chroma.mode", Kind: KindChoice, Default: "server", Choices: []string{"server", "cloud", "local"},
			Meaning: "Which Chroma: a server, Chroma Cloud, or a runtime inside this process (which needs a build with the tag chromago).",
			set:     func(s *Settings, v any) { s.Chroma.Mode = v.(string) },
		},
		{
			Name: "chroma.url", Kind: KindText,
			Meaning: "The address of the Chroma server; when it is not set, http://127.0.0.1:8000, or that of Chroma Cloud.",
			set:     func(s *Settings, v any) { s.Chroma.URL = v.(string) },
		},
		{
			Name: "chroma.tenant", Kind: KindText,
			Meaning: "The tenant; when it is not set, default_tenant.",
			set:     func(s *Settings, v any) { s.Chroma.Tenant = v.(string) },
		},
		{
			Name: "chroma.database", Kind: KindText,
			Meaning: "The database of the tenant; when it is not set, default_database.",
			set:     func(s *Settings, v any) { s.Chroma.Database = v.(string) },
		},
		{
			Name: "chroma.collection", Kind: KindText, Default: "atocore",
			Meaning: "How the names of atocore's collections begin. Two installations on one database need two names.",
			set:     func(s *Settings, v any) { s.Chroma.Collection = v.(string) },
		},
		{
			Name: "chroma.token", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "The token, or the key of Chroma Cloud. There is no flag for it.",
			set:     func(s *Settings, v any) { s.Chroma.Token = v.(string) },
		},
		{
			Name: "chroma.token_file", Kind: KindPath,
			Meaning: "A file that holds the token, instead of chroma.token.",
			set:     func(s *Settings, v any) { s.Chroma.TokenFile = v.(string) },
		},
		{
			Name: "chroma.ca_file", Kind: KindPath,
			Meaning: "Certificates, in PEM form, to trust besides the system's.",
			set:     func(s *Settings, v any) { s.Chroma.CAFile = v.(string) },
		},
		{
			Name: "chroma.timeout", Kind: KindDuration, Default: "30s", Min: 1, Max: 600,
			Meaning: "How long one call to Chroma may take. A search is given a tenth of it, and then full text answers alone.",
			set:     func(s *Settings, v any) { s.Chroma.Timeout = v.(time.Duration) },
		},
		{
			Name: "chroma.persist_dir", Kind: KindPath,
			Meaning: "The folder in which the Chroma server on this machine keeps its data: what a backup captures and a restore replaces. When it is not set the index is rebuilt from the text after a restore.",
			set:     func(s *Settings, v any) { s.Chroma.PersistDir = v.(string) },
		},
		{
			Name: "chroma.library", Kind: KindPath,
			Meaning: "The shared library of the local mode. Nothing is downloaded.",
			set:     func(s *Settings, v any) { s.Chroma.Library = v.(string) },
		},
		{
			Name: "embedding.provider", Kind: KindChoice, Default: "local", Choices: []string{"local", "openai", "ollama", "chroma-go"},
			Meaning: "What turns text into vectors. The local one needs no download and no network; openai is whatever speaks OpenAI's API; chroma-go needs a build with the tag chromago. After a change: atocore index rebuild.",
			set:     func(s *Settings, v any) { s.Embedding.Provider = v.(string) },
		},
		{
			Name: "embedding.model", Kind: KindText,
			Meaning: "The provider's model; when it is not set, text-embedding-3-small or nomic-embed-text.",
			set:     func(s *Settings, v any) { s.Embedding.Model = v.(string) },
		},
		{
			Name: "embedding.url", Kind: KindText,
			Meaning: "The address of the provider's API; when it is not set, the usual one.",
			set:     func(s *Settings, v any) { s.Embedding.URL = v.(string) },
		},
		{
			Name: "embedding.dimension", Kind: KindCount, Default: "0", Min: 0, Max: 16384,
			Meaning: "The length of the model's vectors; 0 for that of a model that atocore knows.",
			set:     func(s *Settings, v any) { s.Embedding.Dimension = v.(int) },
		},
		{
			Name: "embedding.timeout", Kind: KindDuration, Default: "1m", Min: 1, Max: 600,
			Meaning: "How long one call to the provider may take.",
			set:     func(s *Settings, v any) { s.Embedding.Timeout = v.(time.Duration) },
		},
		{
			Name: "embedding.api_key", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "The provider's key. There is no flag for it; the environment or a file is the place.",
			set:     func(s *Settings, v any) { s.Embedding.APIKey = v.(string) },
		},
		{
			Name: "embedding.api_key_file", Kind: KindPath,
			Meaning: "A file that holds the key.",
			set:     func(s *Settings, v any) { s.Embedding.APIKeyFile = v.(string) },
		},
	}
}
