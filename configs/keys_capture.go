package configs

import "time"

// captureKeys are the keys of interactions and of what is extracted from them.
func captureKeys() []Key {
	return []Key{
		{
			Name: "interaction.keep_for", Kind: KindDuration, Default: "90d", Min: 0, Max: 3650 * 86400,
			Meaning: "Recorded interactions that are older are removed; 0s keeps them however old they are. Every removal is recorded.",
			set:     func(s *Settings, v any) { s.Interaction.KeepFor = v.(time.Duration) },
		},
		{
			Name: "interaction.keep_last", Kind: KindCount, Default: "20000", Min: 0, Max: 10_000_000,
			Meaning: "Of recorded interactions at most the newest so many are kept; 0 keeps them however many they are.",
			set:     func(s *Settings, v any) { s.Interaction.Keep = v.(int) },
		},
		{
			Name: "chat.url", Kind: KindText,
			Meaning: "The address of an API that speaks OpenAI's chat completions, such as http://127.0.0.1:11434/v1. When it is set and automation.capture is on, prompts and answers are sent there to find memories in them. When it is not set, rules find them alone.",
			set:     func(s *Settings, v any) { s.Chat.URL = v.(string) },
		},
		{
			Name: "chat.model", Kind: KindText,
			Meaning: "The model to ask, as that API calls it.",
			set:     func(s *Settings, v any) { s.Chat.Model = v.(string) },
		},
		{
			Name: "chat.timeout", Kind: KindDuration, Default: "1m", Min: 1, Max: 600,
			Meaning: "How long one call to the model may take.",
			set:     func(s *Settings, v any) { s.Chat.Timeout = v.(time.Duration) },
		},
		{
			Name: "chat.api_key", Kind: KindText, Secret: true, NoFlag: true,
			Meaning: "The key of that API. There is no flag for it; the environment or a file is the place.",
			set:     func(s *Settings, v any) { s.Chat.APIKey = v.(string) },
		},
		{
			Name: "chat.api_key_file", Kind: KindPath,
			Meaning: "A file that holds the key.",
			set:     func(s *Settings, v any) { s.Chat.APIKeyFile = v.(string) },
		},
	}
}
