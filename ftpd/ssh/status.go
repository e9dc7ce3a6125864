package ssh

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"

	"trawl/ftpd/tree"
)

// The codes of statuses (draft-ietf-secsh-filexfer-02 section 7).
const (
	codeOK          = 0
	codeEOF         = 1
	codeMissing     = 2
	codeDenied      = 3
	codeFailure     = 4
	codeBadMessage  = 5
	codeUnsupported = 8
)

// The errors of requests that no tree sees.
var (
	errUnsupported = errors.New("not supported")
	errMessage     = errors.New("this request is cut off")
	errHandle      = errors.New("no such handle")
	errHandles     = errors.New("too many open handles")
	errDeep        = errors.New("this path is too deep")
	errFlags       = errors.New("these flags do not go together")
	errOwner       = errors.New("files have no owner here")
	errNoSize      = errors.New("its size is not known, which scp -O has to say first")
	errBroken      = errors.New("a part of it could not be written")
)

// verdicts are the statuses of errors. The words do not reveal the server's own paths.
var verdicts = []struct { //nolint:gochecknoglobals // a table
	err  error
	code uint32
	text string
}{
	{io.EOF, codeEOF, "End of file"},
	{errUnsupported, codeUnsupported, "Operation unsupported"},
	{errMessage, codeBadMessage, "Bad message"},
	{errOwner, codeDenied, "Permission denied: files have no owner here"},
	{errHandle, codeFailure, "No such handle"},
	{errHandles, codeFailure, "Too many open handles"},
	{errDeep, codeFailure, "This path is too deep"},
	{errFlags, codeFailure, "These flags do not go together"},
	{tree.ErrQuota, codeFailure, "Disk quota exceeded"},
	{tree.ErrFull, codeFailure, "No space left on device"},
	{tree.ErrBusy, codeFailure, "Someone else is at it, try again later"},
	{tree.ErrName, codeFailure, "File name not allowed"},
	{tree.ErrOffset, codeFailure, "Position behind the end of the file"},
	{tree.ErrNoDir, codeFailure, "Not a directory"},
	{tree.ErrNoFile, codeFailure, "Not a regular file"},
	{tree.ErrNotEmpty, codeFailure, "Directory not empty"},
	{fs.ErrNotExist, codeMissing, "No such file or directory"},
	{fs.ErrPermission, codeDenied, "Permission denied"},
	{fs.ErrExist, codeFailure, "File exists"},
	{errNoSize, codeFailure, "Its size is not known, which scp -O has to say first: use sftp"},
	{errBroken, codeFailure, "A part of it could not be written"},
}

// verdict returns the status of an error.
func verdict(err error) (code uint32, text string) {
	if err == nil {
		return codeOK, "Success"
	}
	said := tree.Sentence(err)
	for _, v := range verdicts {
		if errors.Is(err, v.err) {
			return v.code, cmp.Or(said, v.text)
		}
	}
	if said != "" {
		return codeFailure, said
	}
	return codeFailure, "Not available"
}

// status appends a reply with the status of an error.
func (c *channel) status(id uint32, err error) {
	code, text := verdict(err)
	c.reply(fxpStatus, id, func(b []byte) []byte {
		return appendString(appendString(binary.BigEndian.AppendUint32(b, code), text), "en")
	})
}
