package tree

import "errors"

// Errors that a door answers in its own way. They come wrapped, beside fs.ErrNotExist, fs.ErrPermission and fs.ErrExist.
var (
	ErrNoDir    = errors.New("not a directory")
	ErrNoFile   = errors.New("not a plain file")
	ErrNotEmpty = errors.New("directory not empty")
	ErrQuota    = errors.New("quota exceeded")
	ErrFull     = errors.New("no space left")
	ErrBusy     = errors.New("in use by another transfer")
	ErrName     = errors.New("name not allowed")
	ErrParts    = errors.New("no parts, too many, or one of them twice")
	ErrLarge    = errors.New("too large")
	ErrOffset   = errors.New("offset beyond the end")
)
