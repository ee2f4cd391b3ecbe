package interaction

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

var (
	doubtful = regexp.MustCompile(`(?i)\b(?:maybe|perhaps|might|possibly|not sure|i guess|what if|wonder|hypothetically|let's say|suppose|for example|e\.g\.|should we|could we)\b`)
	// pointing is a beginning that means nothing without what was said before.
	pointing = regexp.MustCompile(`(?i)^(?:it|this|that|these|those|them)\b`)
	secret   = regexp.MustCompile(`(?i)\b(?:password|passwd|passphrase|api[ _-]?key|secret|access[ _-]?token|private[ _-]?key|credentials?|pin)\b.*(?::|=|\bis\b|\bare\b)\s*\S|\b(?:sk|pk|ghp|gho|xox[abp]|AKIA|eyJ)[-_A-Za-z0-9]{12,}`)
	person   = regexp.MustCompile(`(?i)^(?:that )?(?:you|I) (prefer|like|love|hate|dislike|want|use|work|live|need|speak|have)\b`)
	plain    = regexp.MustCompile(`(?i)^(?:that )?(?:you're|you are|I'm|I am) `)
	owned    = regexp.MustCompile(`(?i)^(?:that )?(?:my|your) `)
	liking   = regexp.MustCompile(`(?i)\b(?:prefers?|likes?|loves?|hates?|dislikes?|wants?|favou?rite|always|never|should (?:be|answer|use)|don't|do not)\b`)
	deciding = regexp.MustCompile(`(?i)\b(?:decided|agreed|deadline|deploy|release|repo|repository|project|branch|staging|production|milestone|sprint)\w*\b`)
)

// Find returns what the rules find in an interaction, in the order of the text: at
// most maxPerTurn, none of them twice.
func Find(asked, answered string) []Finding {
	var out []Finding
	for _, turn := range []struct {
		side side
		text string
	}{{prompt, asked}, {answer, answered}} {
		for _, s := range own(turn.text) {
			f, ok := read(s, turn.side)
			if !ok || slices.ContainsFunc(out, func(g Finding) bool { return domain.Liken(g.Content, f.Content) == domain.Repeats }) {
				continue
			}
			if out = append(out, f); len(out) == maxPerTurn {
				return out
			}
		}
	}
	return out
}

// read reads one sentence by the first rule that fits.
func read(sentence string, in side) (Finding, bool) {
	if strings.HasSuffix(sentence, "?") || doubtful.MatchString(sentence) || secret.MatchString(sentence) {
		return Finding{}, false
	}
	for _, r := range rules {
		if r.in&in == 0 {
			continue
		}
		m := r.pattern.FindStringSubmatch(sentence)
		if m == nil {
			continue
		}
		it := strings.TrimSpace(m[r.pattern.SubexpIndex("it")])
		low := strings.ToLower(it)
		isStatement := r.name == "decision" && r.before == "" // "it was decided" points at nothing
		if pointing.MatchString(it) && !isStatement || slices.ContainsFunc(r.not, func(p string) bool { return strings.HasPrefix(low, p) }) {
			return Finding{}, false
		}
		f := Finding{Type: r.kind, Confidence: r.confidence, Rule: r.name, Content: r.before + it}
		if r.before == "" {
			f.Content = capital(aboutUser(it))
		}
		if f.Type == "" {
			f.Type = typeOf(f.Content)
		}
		return f, sayable(f.Content)
	}
	return Finding{}, false
}

// sayable tells whether the text can stand by itself.
func sayable(text string) bool {
	n := len(strings.Fields(text))
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) || r == ' ' {
			letters++
		}
	}
	return n >= minWords && n <= maxWords && len(text) <= maxFinding && 10*letters >= 7*utf8.RuneCountInString(text) &&
		!strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "…") && !strings.HasSuffix(text, "...")
}

// aboutUser turns "I prefer" and "you prefer" into "The user prefers".
func aboutUser(text string) string {
	if m := person.FindStringSubmatchIndex(text); m != nil {
		verb := strings.ToLower(text[m[2]:m[3]])
		switch verb {
		case "have":
			verb = "has"
		default:
			verb += "s"
		}
		return "The user " + verb + text[m[1]:]
	}
	if at := plain.FindStringIndex(text); at != nil {
		return "The user is " + text[at[1]:]
	}
	if at := owned.FindStringIndex(text); at != nil {
		return "The user's " + text[at[1]:]
	}
	return text
}

func capital(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// typeOf guesses the type of what was said to be remembered.
func typeOf(text string) domain.MemoryType {
	low := strings.ToLower(text)
	switch {
	case strings.HasPrefix(low, "the user's name"), strings.HasPrefix(low, "the user is "), strings.HasPrefix(low, "the user works"),
		strings.HasPrefix(low, "the user lives"):
		return domain.MemoryIdentity
	case liking.MatchString(text):
		return domain.MemoryPreference
	case deciding.MatchString(text):
		return domain.MemoryProject
	}
	return domain.MemoryKnowledge
}
