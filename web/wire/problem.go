package wire

// Problem is why the API refuses, as RFC 9457 has it (application/problem+json), with members of its own: those that
// are null do not appear.
type Problem struct {
	Type     string `json:"type"`               // a URI that names the kind of problem: "urn:trawl:query"
	Title    string `json:"title"`              // of the kind, for people
	Status   int    `json:"status"`             // of the answer
	Detail   string `json:"detail"`             // of this request
	Position *int   `json:"position,omitempty"` // in bytes of q, where q is at fault
	Field    string `json:"field,omitempty"`    // the parameter, or the member of the body, that is at fault
	Hint     string `json:"hint,omitempty"`     // the mend
}

// Suggestion is a whole query that goes on with what was typed.
type Suggestion struct {
	Text string `json:"text"`
	Kind string `json:"kind"` // what was added: "word", "field", "host", "type" or "value"
}
