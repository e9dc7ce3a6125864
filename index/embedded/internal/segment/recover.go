package segment

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrDamaged is the error of segments whose bytes cannot be read, or are not those that were
// written.
var ErrDamaged = errors.New("it is damaged")

// Guard calls do, which reads segments. Bleve does not verify what it reads, and maps files
// into memory: Guard turns a panic, and a fault on a page that the disk does not give, into
// ErrDamaged.
func Guard(do func() error) (err error) {
	defer Recover(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return do()
}

// Recover turns a panic of Bleve while it reads segments into ErrDamaged. It must be deferred
// directly. A fault on a page is a panic only within [Guard].
func Recover(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w (%v)", ErrDamaged, r)
	}
}
