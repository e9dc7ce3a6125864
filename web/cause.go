package web

import "trawl/index"

// cause writes a cause in the reader's language.
func (v visit) cause(cause index.Cause) string {
	if cause == index.NoCause {
		return ""
	}
	return v.Text("cause." + string(cause))
}
