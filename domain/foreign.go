package domain

import "time"

// ForeignFormat names what another system keeps or exports.
type ForeignFormat string

// The formats of others that can be imported.
const (
	ForeignMCPMemory   ForeignFormat = "mcp-memory"   // the memory file of the MCP reference server
	ForeignMem0        ForeignFormat = "mem0"         // an export of mem0
	ForeignBasicMemory ForeignFormat = "basic-memory" // a folder of Markdown notes
	ForeignChatGPT     ForeignFormat = "chatgpt"      // exported conversations
	ForeignClaude      ForeignFormat = "claude"       // exported conversations
)

// ForeignFormats lists every format.
var ForeignFormats = []ForeignFormat{ForeignMCPMemory, ForeignMem0, ForeignBasicMemory, ForeignChatGPT, ForeignClaude}

// ParseForeignFormat returns the format called s, or an error of KindInvalid that
// names the nearest one.
func ParseForeignFormat(s string) (ForeignFormat, error) {
	return parseName(s, ForeignFormats, "from")
}

// Conversations tells whether the format holds conversations, in which memories have
// yet to be found, instead of memories.
func (f ForeignFormat) Conversations() bool { return f == ForeignChatGPT || f == ForeignClaude }

// ForeignItem is one thing in a foreign source: a memory, or an exchange of a
// conversation.
type ForeignItem struct {
	Key     string     // the same for the same thing whenever it is read, and no other's
	Where   string     // in the source, for people
	Source  string     // what to name as the memory's source
	Type    MemoryType // of a memory
	Content string     // of a memory; "" for an exchange
	Prompt  string     // of an exchange; "" for none
	Answer  string     // of an exchange; "" for none
	At      time.Time  // when it was said; zero when the source does not say
}

// Skip is something in a foreign source that was not taken, and why.
type Skip struct {
	Where  string
	Reason string
}
