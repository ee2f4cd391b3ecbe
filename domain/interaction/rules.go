package interaction

import (
	"regexp"
	"slices"

	"github.com/atocore/atocore/domain"
)

// Finding is something worth remembering that was found in an interaction.
type Finding struct {
	Type       domain.MemoryType
	Content    string
	Confidence float64
	Rule       string // the rule's name, or "model"
}

// How sure a finding is: what was said in so many words to be remembered, what the
// form of a sentence gave away, and what a model read out of it.
const (
	askedConfidence = domain.DefaultConfidence
	ruleConfidence  = 0.6
	modelConfidence = 0.5
)

// side says whose sentences a rule reads.
type side int

const (
	prompt side = 1 << iota
	answer
)

// rule finds memories of one kind. What it keeps is its group "it".
type rule struct {
	name       string
	in         side
	pattern    *regexp.Regexp
	kind       domain.MemoryType // "" as the text itself says
	before     string            // goes before what is kept
	confidence float64
	// not are beginnings, in lower case, of what is kept that are no lasting statement.
	not []string
}

// lead is what may stand before a sentence's point.
const lead = `(?i)^(?:(?:ok(?:ay)?|so|and|also|but|oh|btw|by the way|fyi|please|hey|thanks|great|right|yes|well)[,:!]? )*`

var deictic = []string{
	"the first", "the second", "the third", "the last", "the former", "the latter", "option", "not to answer", "your ",
	"to see", "if ", "both", "either",
}

// rules in the order in which they are tried; a sentence is read by the first that fits.
var rules = []rule{
	{
		name: "remember", in: prompt, confidence: askedConfidence,
		pattern: regexp.MustCompile(lead + `(?:(?:can|could) you )?(?:remember|note|keep in mind|bear in mind|don't forget|make a note|take a note|take note|save|store)(?: for (?:later|next time|the future))?(?: this)?(?:,? that |[:,] ?)(?P<it>.+)$`),
	},
	{
		name: "remember-to", in: prompt, confidence: askedConfidence, kind: domain.MemoryPreference,
		pattern: regexp.MustCompile(lead + `(?:always )?(?:remember|don't forget) to (?P<it>.+ (?:before|after|when|whenever|every|each|in|for|from now on).+)$`),
	},
	{
		name: "noted", in: answer, confidence: askedConfidence,
		pattern: regexp.MustCompile(lead + `(?:noted|understood|got it)?[,:.;]? ?(?:I'll|I will|I have|I've) (?:remember(?:ed)?|note[d]?|made a note|make a note|keep in mind|record(?:ed)?) that (?P<it>.+)$`),
	},
	{
		name: "noted", in: answer, confidence: askedConfidence,
		pattern: regexp.MustCompile(`(?i)^(?:noted|to remember|memory|for the record|for future reference): (?P<it>.+)$`),
	},
	{
		name: "name", in: prompt, kind: domain.MemoryIdentity, confidence: ruleConfidence, before: "The user's name is ",
		pattern: regexp.MustCompile(lead + `(?:my name is|call me) (?P<it>\p{Lu}[\p{L}'-]+(?: \p{Lu}[\p{L}'-]+){0,3})[.!]?$`),
	},
	{
		name: "identity", in: prompt, kind: domain.MemoryIdentity, confidence: ruleConfidence, before: "The user works ",
		pattern: regexp.MustCompile(lead + `I work (?P<it>(?:at|for|as) .+)$`),
	},
	{
		name: "identity", in: prompt, kind: domain.MemoryIdentity, confidence: ruleConfidence, before: "The user lives ",
		pattern: regexp.MustCompile(lead + `(?:I live|I'm based|I am based) (?P<it>in (?:the )?(?-i:\p{Lu}).+)$`),
	},
	{
		name: "identity", in: prompt, kind: domain.MemoryIdentity, confidence: ruleConfidence, before: "The user is ",
		pattern: regexp.MustCompile(lead + `I(?:'m| am) (?P<it>an? (?:\p{L}[\p{L}-]* ){0,3}(?:engineer|developer|programmer|scientist|analyst|designer|manager|student|teacher|doctor|nurse|lawyer|researcher|writer|founder|architect|administrator|sysadmin|consultant|director|editor|journalist|physicist|chemist|biologist|mathematician|vegetarian|vegan)\b.*)$`),
		not:     []string{"a bit", "a little"},
	},
	{
		name: "preference", in: prompt, kind: domain.MemoryPreference, confidence: ruleConfidence, before: "The user prefers ",
		pattern: regexp.MustCompile(lead + `(?:in general,? |generally,? |usually,? )?I(?:'d| would)? (?:really |always |usually |generally |strongly |much )?prefer (?P<it>.+)$`),
		not:     append(slices.Clone(deictic), "not to "),
	},
	{
		name: "preference", in: prompt, kind: domain.MemoryPreference, confidence: ruleConfidence, before: "The user dislikes ",
		pattern: regexp.MustCompile(lead + `I (?:really |strongly )?(?:don't like|do not like|dislike|hate|can't stand) (?P<it>.+)$`),
		not:     append(slices.Clone(deictic), "to be ", "how "),
	},
	{
		name: "preference", in: prompt, kind: domain.MemoryPreference, confidence: ruleConfidence, before: "The user's ",
		pattern: regexp.MustCompile(lead + `my (?P<it>(?:preferred|favou?rite|default|usual) .+ (?:is|are) .+)$`),
	},
	{
		name: "standing order", in: prompt, kind: domain.MemoryPreference, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?P<it>(?:always|never|don't ever|do not ever) .+)$`),
		not:     []string{"never mind", "never heard", "never tried", "always wondered", "never seen", "never used", "never had", "never been"},
	},
	{
		name: "standing order", in: prompt, kind: domain.MemoryPreference, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?:from now on|going forward|in (?:the )?future|next time)[,:]? (?P<it>.+)$`),
		not:     []string{"we will see", "i might", "we might", "i may", "maybe"},
	},
	{
		name: "told preference", in: answer, kind: domain.MemoryPreference, confidence: ruleConfidence, before: "The user prefers ",
		pattern: regexp.MustCompile(lead + `(?:as |since )?you (?:said |mentioned |told me )(?:that )?you (?:always |usually )?prefer (?P<it>.+)$`),
		not:     deictic,
	},
	{
		name: "decision", in: prompt | answer, kind: domain.MemoryProject, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?P<it>(?:we|the team)(?: have|'ve| has)? (?:just |now |finally |all )?(?:decided|agreed|chose|opted|settled|resolved) (?:that|to|on|against|not to|for|upon) .+)$`),
	},
	{
		name: "decision", in: prompt | answer, kind: domain.MemoryProject, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?P<it>(?:it was|it has been) (?:decided|agreed) (?:that|to) .+)$`),
	},
	{
		name: "decision", in: prompt | answer, kind: domain.MemoryProject, confidence: ruleConfidence, before: "Decision: ",
		pattern: regexp.MustCompile(`(?i)^(?:final |our |the )?decision(?: is)?(?::| to| that) ?(?P<it>.+)$`),
	},
	{
		name: "decision", in: prompt, kind: domain.MemoryProject, confidence: ruleConfidence, before: "Decision: go with ",
		pattern: regexp.MustCompile(lead + `(?:let's|we'll|we will|we're going to) go with (?P<it>.+)$`),
		not:     append(slices.Clone(deictic), "a ", "your", "plan "),
	},
	{
		name: "convention", in: prompt, kind: domain.MemoryProject, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?P<it>(?:we|our team) (?:always|never) .+)$`),
		not:     []string{"we never got", "we never had", "we never tried", "we never did"},
	},
	{
		name: "convention", in: prompt, kind: domain.MemoryProject, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?P<it>(?:in|for) (?:this|our|the) (?:repo|repository|project|codebase|code base|team|company),? (?:we|all|every|each|the|no|tests|commits|branches) .+)$`),
	},
	{
		name: "convention", in: prompt, kind: domain.MemoryProject, confidence: ruleConfidence,
		pattern: regexp.MustCompile(lead + `(?P<it>(?:our|the) (?:convention|policy|rule|standard|practice|deadline) (?:here |in this project )?is .+)$`),
	},
	{
		name: "correction", in: prompt, confidence: ruleConfidence,
		pattern: regexp.MustCompile(`(?i)^(?:no[,.]|nope[,.]|actually[,:]?|correction[,:]|that's (?:wrong|not right|incorrect|not correct)[,:;.]|wrong[,:.]|not quite[,:.]) ?(?:actually,? )?(?P<it>(?:the|our|my|\p{Lu}[\w.'-]*|\w+'s) .*\b(?:is|are|was|were|runs|run|uses|use|lives|has|have|must|moved|starts|ends|belongs|expires|points|costs|takes|needs|supports|requires)\b .+)$`),
		not:     []string{"i ", "you ", "we ", "let", "there ", "can ", "could ", "the problem is", "the issue is", "the question is", "the thing is", "what "},
	},
	{
		name: "lesson", in: prompt | answer, kind: domain.MemoryAdaptation, confidence: ruleConfidence,
		pattern: regexp.MustCompile(`(?i)^(?:lessons? learned|lesson|til|note to self|takeaway|key takeaway|gotcha|root cause)(?: (?:is|was))?: (?P<it>.+)$`),
	},
}
