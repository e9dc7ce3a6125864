// The layer: every system call that package syscall makes for the rest of the program passes
// here. Those on files below one directory are counted, written to a journal, and fail as
// the plan in the environment says. See the package faults, which builds this file into
// package syscall.

package syscall

import (
	"internal/strconv"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Syscall and Syscall6 let arguments escape to the heap, since the layer may grow the stack.
// Calls that the layer does not watch grow no stack, as without it.

//go:uintptrescapes
//go:nosplit
//go:linkname Syscall
func Syscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	if layerWatches(trap) {
		return layerCall(trap, a1, a2, a3, 0, 0, 0)
	}
	return kernelSyscall(trap, a1, a2, a3)
}

//go:uintptrescapes
//go:nosplit
//go:linkname Syscall6
func Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	if layerWatches(trap) {
		return layerCall(trap, a1, a2, a3, a4, a5, a6)
	}
	return kernelSyscall6(trap, a1, a2, a3, a4, a5, a6)
}

//go:nosplit
func layerWatches(trap uintptr) bool {
	switch trap {
	case SYS_OPENAT, SYS_CLOSE, SYS_READ, SYS_PREAD64, SYS_GETDENTS64, SYS_WRITE, SYS_PWRITE64,
		SYS_FSYNC, SYS_FDATASYNC, SYS_FTRUNCATE, SYS_TRUNCATE, SYS_UNLINKAT, SYS_MKDIRAT,
		SYS_LINKAT, SYS_SYMLINKAT, SYS_RENAMEAT, SYS_FLOCK, SYS_FSTAT, SYS_BIND, SYS_FCNTL, SYS_SENDFILE,
		layerFstatat, layerRenameat2, layerCopyFileRange:
		return !layer.off.Load()
	}
	return false
}

// layer is the state of the layer. The mutex is held over each call that is watched, so
// that the journal has them in their order.
var layer layerState

type layerState struct {
	off  atomic.Bool // there is no plan
	once sync.Once

	dir     string          // files below it are watched
	kinds   map[string]bool // kinds of operations that count; empty is all
	at      int             // the operation that fails, from 1; 0 is none
	errno   Errno
	mode    string // once, on (from then on), short (a part is written, then on), kill
	arm     string // nothing counts unless this file exists
	data    bool   // the journal has what is written
	journal int    // descriptor, -1 is none

	mu      sync.Mutex
	count   int
	handles int               // handed out
	open    map[int]layerFile // by descriptor
	buf     []byte            // of the journal
}

// layerFile is an open file that is watched.
type layerFile struct {
	handle int // the same for duplicates of a descriptor
	path   string
}

// layerOp is one operation, a record of the journal.
type layerOp struct {
	kind      string
	handle    int
	off, size int64 // of reads and writes, the new size of truncate, the flags of open
	path      string
	to        string // the new name
	data      []byte // what was written
	fault     bool   // the plan made it fail
	errno     Errno

	fd  int     // the descriptor it is on
	mem uintptr // where the bytes of a write are, 0 if in another file
	at  bool    // off is given, not that of the descriptor
}

// layerStart reads the plan from the environment.
func layerStart() {
	plan, found := Getenv("TRAWL_FAULTS")
	if !found {
		layer.off.Store(true)
		return
	}
	layer.journal = -1
	layer.open = map[int]layerFile{}
	for plan != "" {
		var key, value string
		key, plan = layerCut(plan, ';')
		key, value = layerCut(key, '=')
		switch key {
		case "dir":
			layer.dir = value
		case "kinds":
			layer.kinds = map[string]bool{}
			for value != "" {
				key, value = layerCut(value, ',')
				layer.kinds[key] = true
			}
		case "n":
			layer.at, _ = strconv.Atoi(value)
		case "errno":
			layer.errno = map[string]Errno{"EIO": EIO, "ENOSPC": ENOSPC, "EROFS": EROFS}[value]
		case "mode":
			layer.mode = value
		case "arm":
			layer.arm = value
		case "data":
			layer.data = true
		case "journal":
			name, _ := BytePtrFromString(value)
			fd, _, err := RawSyscall6(SYS_OPENAT, layerHere, uintptr(unsafe.Pointer(name)), O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0o600, 0, 0)
			if err != 0 {
				panic("open the journal: " + err.Error())
			}
			layer.journal = int(fd)
		}
	}
	layer.write(&layerOp{kind: "begin"})
}

const layerHere = ^uintptr(99) // AT_FDCWD

func layerCut(s string, sep byte) (before, after string) {
	for i := range len(s) {
		if s[i] == sep {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func layerCall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	layer.once.Do(layerStart)
	if layer.off.Load() {
		return kernelSyscall6(trap, a1, a2, a3, a4, a5, a6)
	}
	layer.mu.Lock()
	op := layerDescribe(trap, a1, a2, a3, a4)
	if op == nil { // it may wait for long
		layer.mu.Unlock()
		return kernelSyscall6(trap, a1, a2, a3, a4, a5, a6)
	}
	defer layer.mu.Unlock()
	if op.kind == "say" {
		r1, r2, err = kernelSyscall6(trap, a1, a2, a3, a4, a5, a6)
		layer.write(op)
		return r1, r2, err
	}
	if op.kind != "close" && op.kind != "dup" {
		if errno := layer.fails(op, &a3); errno != 0 {
			op.fault, op.errno = true, errno
			layer.write(op)
			return ^uintptr(0), 0, errno
		}
	}
	r1, r2, err = kernelSyscall6(trap, a1, a2, a3, a4, a5, a6)
	op.errno = err
	layerFollow(int(r1), op)
	layer.write(op)
	return r1, r2, err
}

// fails decides whether an operation fails, and with what. It shortens a write that shall be
// short.
func (l *layerState) fails(op *layerOp, length *uintptr) Errno {
	if l.at == 0 || len(l.kinds) > 0 && !l.kinds[op.kind] {
		return 0
	}
	if l.arm != "" && !layerExists(l.arm) {
		l.count = 0
		return 0
	}
	l.count++
	switch {
	case l.count < l.at || l.count > l.at && l.mode == "once":
		return 0
	case l.mode == "kill":
		op.fault = true
		l.write(op)
		pid, _ := rawSyscallNoError(SYS_GETPID, 0, 0, 0)
		RawSyscall(SYS_KILL, pid, uintptr(SIGKILL), 0)
		select {}
	case l.mode == "short" && l.count == l.at:
		if op.kind != "write" || *length < 2 {
			l.at++ // the next one
			return 0
		}
		*length /= 2
		op.fault = true
		return 0
	}
	return l.errno
}

// layerDescribe returns what a call does to a file that is watched, nil if to none.
func layerDescribe(trap, a1, a2, a3, a4 uintptr) *layerOp {
	switch trap {
	case SYS_OPENAT:
		return layerOpen(a1, a2, a3)
	case SYS_CLOSE:
		return layerOn("close", a1)
	case SYS_FCNTL:
		if a2 == F_DUPFD || a2 == F_DUPFD_CLOEXEC {
			return layerOn("dup", a1)
		}
		return nil
	case SYS_READ, SYS_PREAD64, SYS_GETDENTS64:
		return layerOn("read", a1)
	case SYS_SENDFILE:
		if op := layerOn("write", a1); op != nil {
			return op
		}
		return layerOn("read", a2)
	case layerCopyFileRange:
		if op := layerOn("write", a3); op != nil {
			return op
		}
		return layerOn("read", a1)
	case SYS_WRITE:
		if a1 == 1 {
			return &layerOp{kind: "say", data: unsafe.Slice((*byte)(unsafe.Pointer(a2)), int(a3))}
		}
		op := layerOn("write", a1)
		if op != nil {
			op.mem = a2
		}
		return op
	case SYS_PWRITE64:
		op := layerOn("write", a1)
		if op != nil {
			op.mem, op.off, op.at = a2, int64(a4), true
		}
		return op
	case SYS_FSYNC, SYS_FDATASYNC:
		return layerOn("sync", a1)
	case SYS_FTRUNCATE:
		op := layerOn("truncate", a1)
		if op != nil {
			op.size = int64(a2)
		}
		return op
	case SYS_FLOCK:
		return layerOn("lock", a1)
	case SYS_FSTAT:
		return layerOn("stat", a1)
	case SYS_BIND:
		return layerBind(a2, a3)
	}
	return layerNames(trap, a1, a2, a3, a4)
}

// layerNames is layerDescribe of the calls that name a file.
func layerNames(trap, a1, a2, a3, a4 uintptr) *layerOp {
	switch trap {
	case SYS_TRUNCATE:
		return layerAt("truncate", layerHere, a1, int64(a2))
	case layerFstatat:
		return layerAt("stat", a1, a2, 0)
	case SYS_UNLINKAT:
		return layerAt("remove", a1, a2, 0)
	case SYS_MKDIRAT:
		return layerAt("mkdir", a1, a2, 0)
	case SYS_SYMLINKAT:
		return layerAt("link", a2, a3, 0)
	case SYS_LINKAT, SYS_RENAMEAT, layerRenameat2:
		kind := "rename"
		if trap == SYS_LINKAT {
			kind = "link"
		}
		op := layerAt(kind, a1, a2, 0)
		to := layerAt(kind, a3, a4, 0)
		switch {
		case op == nil:
			return to
		case to != nil:
			op.to = to.path
		}
		return op
	}
	return nil
}

// layerOn describes an operation on a descriptor.
func layerOn(kind string, fd uintptr) *layerOp {
	f, watched := layer.open[int(fd)]
	if !watched {
		return nil
	}
	return &layerOp{kind: kind, handle: f.handle, path: f.path, fd: int(fd)}
}

// layerAt describes an operation on a name.
func layerAt(kind string, dirfd, name uintptr, size int64) *layerOp {
	path := layerPath(dirfd, name)
	if len(path) < len(layer.dir) || path[:len(layer.dir)] != layer.dir || len(path) > len(layer.dir) && path[len(layer.dir)] != '/' {
		return nil
	}
	return &layerOp{kind: kind, path: path, size: size}
}

// layerPath returns the path of a name; "" if it is not known.
func layerPath(dirfd, name uintptr) string {
	var b []byte
	for p := (*byte)(unsafe.Pointer(name)); *p != 0; p = (*byte)(unsafe.Add(unsafe.Pointer(p), 1)) {
		b = append(b, *p)
	}
	if len(b) > 0 && b[0] == '/' {
		return string(b)
	}
	f, watched := layer.open[int(dirfd)]
	if !watched {
		return ""
	}
	return f.path + "/" + string(b)
}

func layerOpen(dirfd, name, flags uintptr) *layerOp {
	op := layerAt("open", dirfd, name, 0)
	if op == nil {
		return nil
	}
	op.size = int64(flags)
	const tmpfile = 0o20000000
	switch exists := layerExists(op.path); {
	case flags&tmpfile != 0 || flags&O_CREAT != 0 && !exists:
		op.kind = "create"
	case flags&O_TRUNC != 0 && exists:
		op.kind = "cut" // an old file becomes empty
	case flags&(O_WRONLY|O_RDWR) != 0:
		op.kind = "openw"
	}
	return op
}

func layerExists(path string) bool {
	name, err := BytePtrFromString(path)
	if err != nil {
		return false
	}
	_, _, errno := RawSyscall6(SYS_FACCESSAT, layerHere, uintptr(unsafe.Pointer(name)), 0, 0, 0, 0)
	return errno == 0
}

// layerBind describes the creation of a Unix socket.
func layerBind(addr, length uintptr) *layerOp {
	sa := (*RawSockaddrUnix)(unsafe.Pointer(addr))
	if length <= 2 || sa.Family != AF_UNIX || sa.Path[0] != '/' {
		return nil
	}
	return layerAt("bind", layerHere, uintptr(unsafe.Pointer(&sa.Path[0])), 0)
}

// layerFollow keeps the descriptors, and completes the record of an operation that was done
// with the result r.
func layerFollow(r int, op *layerOp) {
	if op.kind == "close" {
		delete(layer.open, op.fd)
		return
	}
	if op.errno != 0 {
		return
	}
	switch op.kind {
	case "open", "openw", "create", "cut":
		layer.handles++
		op.handle = layer.handles
		layer.open[r] = layerFile{op.handle, op.path}
	case "dup":
		layer.open[r] = layer.open[op.fd]
	case "read":
		op.size = int64(r)
	case "write":
		layerWritten(r, op)
	}
}

// layerWritten completes the record of a write of n bytes: its offset, and what was written.
func layerWritten(n int, op *layerOp) {
	op.size = int64(n)
	if !op.at {
		end, _, _ := RawSyscall(SYS_LSEEK, uintptr(op.fd), 0, 1)
		op.off = int64(end) - int64(n)
	}
	switch {
	case !layer.data || n <= 0:
	case op.mem != 0:
		op.data = unsafe.Slice((*byte)(unsafe.Pointer(op.mem)), n)
	default: // it came from another file; the descriptor may be for writing only
		op.data = make([]byte, n)
		name, _ := BytePtrFromString("/proc/self/fd/" + strconv.Itoa(op.fd))
		fd, _, _ := RawSyscall6(SYS_OPENAT, layerHere, uintptr(unsafe.Pointer(name)), O_RDONLY|O_CLOEXEC, 0, 0, 0)
		RawSyscall6(SYS_PREAD64, fd, uintptr(unsafe.Pointer(&op.data[0])), uintptr(n), uintptr(op.off), 0, 0)
		RawSyscall(SYS_CLOSE, fd, 0, 0)
	}
}

// write appends a record to the journal: a line, then the names and the data.
//
//	KIND HANDLE OFF SIZE ERRNO FAULT len(PATH) len(TO) len(DATA)\nPATHTODATA\n
func (l *layerState) write(op *layerOp) {
	if l.journal < 0 {
		return
	}
	fault := int64(0)
	if op.fault {
		fault = 1
	}
	b := append(l.buf[:0], op.kind...)
	for _, n := range [...]int64{
		int64(op.handle), op.off, op.size, int64(op.errno), fault,
		int64(len(op.path)), int64(len(op.to)), int64(len(op.data)),
	} {
		b = append(b, ' ')
		b = strconv.AppendInt(b, n, 10)
	}
	b = append(b, '\n')
	b = append(b, op.path...)
	b = append(b, op.to...)
	b = append(b, op.data...)
	b = append(b, '\n')
	l.buf = b
	for len(b) > 0 {
		n, _, err := RawSyscall(SYS_WRITE, uintptr(l.journal), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if err != 0 {
			panic("write the journal: " + err.Error())
		}
		b = b[n:]
	}
}
