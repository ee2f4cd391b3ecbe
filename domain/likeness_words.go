package domain

// The words that Liken knows. Stems where the comment says so.
var (
	negations = wordSet("not", "no", "never", "without", "cannot", "neither", "nor", "nobody", "nothing")

	// joins stand between what is spoken of and what is said of it.
	joins = wordSet("is", "are", "was", "were", "be", "must", "should", "need", "needs", "can", "may", "has", "have", "had", "will")

	// plural admit several answers at a time: who likes tea may like coffee.
	plural = stemSet("has", "have", "had", "can", "may", "must", "should", "need", "use", "like", "want", "contain", "support", "talk",
		"include", "speak", "handle", "know", "prefer", "add", "list", "learn", "read", "buy", "eat", "play", "cover", "require",
		"create", "show", "say", "visit", "requires", "prefers", "uses", "likes", "wants", "knows", "reads", "plays", "need", "needs")

	// numbered go by a number: another number is another thing.
	numbered = stemSet("batch", "issue", "note", "question", "project", "ticket", "item", "step", "chapter", "task", "worker", "user",
		"test", "case", "page", "line", "entry", "memory", "record", "message", "marker", "row", "run", "round", "fact", "number", "client",
		"agent", "process", "thread", "writer", "request", "document", "room", "day", "week", "sprint", "milestone", "phase")

	smallOpposites = [][2]string{
		{"on", "off"}, {"before", "after"}, {"up", "down"}, {"over", "under"}, {"above", "below"}, {"into", "from"},
	}

	turning = wordSet("over", "before", "after", "than", "not")

	digits = map[string]string{
		"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
		"ten": "10", "eleven": "11", "twelve": "12", "single": "1", "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5",
	}

	opposites = [][2]string{
		{"enabled", "disabled"},
		{"allowed", "forbidden"},
		{"required", "optional"},
		{"requires", "forbids"},
		{"mandatory", "optional"},
		{"public", "private"},
		{"open", "closed"},
		{"opened", "closed"},
		{"true", "false"},
		{"yes", "no"},
		{"likes", "dislikes"},
		{"prefers", "avoids"},
		{"succeeded", "failed"},
		{"passed", "failed"},
		{"success", "failure"},
		{"fast", "slow"},
		{"well", "badly"},
		{"good", "bad"},
		{"start", "stop"},
		{"starts", "ends"},
		{"stable", "unstable"},
		{"writable", "readonly"},
		{"synchronous", "asynchronous"},
		{"formal", "informal"},
		{"manual", "automatic"},
		{"always", "seldom"},
		{"daily", "weekly"},
		{"daily", "monthly"},
		{"nightly", "weekly"},
		{"weekly", "monthly"},
		{"monthly", "yearly"},
		{"left", "right"},
		{"internal", "external"},
		{"local", "remote"},
		{"old", "new"},
		{"up", "down"},
		{"safe", "unsafe"},
		{"valid", "invalid"},
		{"minimum", "maximum"},
		{"active", "inactive"},
		{"online", "offline"},
		{"hot", "cold"},
		{"more", "less"},
		{"on", "off"},
	}
)

func wordSet(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

func stemSet(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[StemOf(w)] = true
	}
	return set
}
