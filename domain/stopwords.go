package domain

// IsStopWord tells whether a word, in lower case, carries so little meaning that a
// query is better asked without it: articles, pronouns, prepositions, auxiliary
// verbs, question words and the pieces that contractions fall into ("don't" →
// "don", "t"). It is the only list in the program. English, and moderate on
// purpose: a word that can be the point of a question is not in it.
func IsStopWord(word string) bool {
	switch word {
	case
		// articles and determiners
		"a", "an", "the", "this", "that", "these", "those", "such", "some", "any", "each", "every",
		// pronouns
		"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves",
		"you", "your", "yours", "yourself", "yourselves",
		"he", "him", "his", "himself", "she", "her", "hers", "herself",
		"it", "its", "itself", "they", "them", "their", "theirs", "themselves", "one",
		// prepositions and conjunctions
		"about", "above", "after", "against", "along", "among", "and", "as", "at", "because", "before",
		"between", "both", "but", "by", "during", "for", "from", "if", "in", "into", "nor", "of", "off",
		"on", "onto", "or", "out", "over", "per", "so", "than", "then", "through", "to", "under", "until",
		"up", "upon", "via", "while", "with", "within", "without",
		// auxiliary verbs
		"am", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "doing", "done",
		"has", "have", "had", "having", "can", "could", "may", "might", "must", "shall", "should", "will", "would",
		// question words
		"how", "what", "when", "where", "which", "who", "whom", "whose", "why", "whether",
		// adverbs and particles
		"also", "again", "ever", "here", "there", "just", "only", "other", "own", "same", "too", "very",
		"no", "not", "more", "most", "much", "many", "few", "however", "therefore", "thus", "yet",
		// pieces of contractions
		"s", "t", "d", "m", "ll", "re", "ve", "don", "doesn", "didn", "isn", "aren", "wasn", "weren",
		"won", "wouldn", "couldn", "shouldn", "hasn", "haven", "hadn", "ain", "cannot", "let":
		return true
	}
	return false
}
