package segment

import "fmt"

// RecoverOpening turns a panic of Bleve while it opens a damaged file into an error. It
// must be deferred directly.
func RecoverOpening(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("damaged segment: %v", r)
	}
}

// Recover turns a panic of Bleve while it reads damaged postings into an error that names
// the remedy. It must be deferred directly.
func Recover(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the postings are damaged, run `trawl rebuild`: %v", r)
	}
}
