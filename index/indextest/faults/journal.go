package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Op is one operation that the layer saw.
type Op struct {
	Kind   Kind
	Handle int           // of the open file, from 1 in each process; 0 for what names a file
	Off    int64         // of a write
	Size   int64         // of reads and writes; the new length of Truncate; the flags of Open, Create and Cut
	Errno  syscall.Errno // 0 if it was done
	Fault  bool          // the plan made it fail, or write less
	Path   string        // as it was when the file was opened
	To     string        // the new name of Rename and Link
	Data   []byte        // of Write, if Plan.Data, and of Say
}

// String returns the operation in a line.
func (o Op) String() string {
	s := fmt.Sprintf("%s %s", o.Kind, o.Path)
	if o.To != "" {
		s += " to " + o.To
	}
	if o.Kind == Write || o.Kind == Truncate {
		s += fmt.Sprintf(" (at %d, %d bytes)", o.Off, o.Size)
	}
	if o.Errno != 0 {
		s += ": " + o.Errno.Error()
	}
	return s
}

func (o Op) failed() bool { return o.Errno != 0 }

// Changes reports whether the disk, or what is known of the disk, is another after the operation.
func (o Op) Changes() bool {
	switch o.Kind {
	case Create, Cut, Mkdir, Bind, Link, Rename, Remove, Write, Truncate, Sync, Say:
		return !o.failed()
	}
	return false
}

// ReadJournal reads the operations of a journal in their order. A record that was cut off is
// left out.
func ReadJournal(name string) ([]Op, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	var ops []Op
	for {
		op, err := readOp(in)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return ops, nil
		case err != nil:
			return nil, fmt.Errorf("read journal %s: record %d: %w", name, len(ops), err)
		}
		ops = append(ops, op)
	}
}

// readOp reads one record; testdata/layer.go draws it.
func readOp(in *bufio.Reader) (op Op, err error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return op, err
	}
	var fault, errno, path, to, data int
	if _, err := fmt.Sscan(line, &op.Kind, &op.Handle, &op.Off, &op.Size, &errno, &fault, &path, &to, &data); err != nil {
		return op, err
	}
	text := make([]byte, path+to+data+1)
	if _, err := io.ReadFull(in, text); err != nil {
		return op, err
	}
	op.Errno, op.Fault = syscall.Errno(errno), fault == 1
	op.Path, op.To, op.Data = string(text[:path]), string(text[path:path+to]), text[path+to:path+to+data]
	return op, nil
}
