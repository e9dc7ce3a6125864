package pace

import "sync/atomic"

// Memory is what all crawls together may keep of what servers say and the catalogue does
// not hold: the names of directories that are known and not yet listed, the windows of
// what is unpacked, and so on.
type Memory struct {
	total int64 // bytes
	spent atomic.Int64
}

// NewMemory returns so many bytes of memory.
func NewMemory(total int64) *Memory { return &Memory{total: total} }

// Budget is the part of the memory that one crawl has spent. Its methods may be called
// from several goroutines.
type Budget struct {
	all   *Memory
	spent atomic.Int64
}

// NewBudget returns the budget of a crawl.
func NewBudget(all *Memory) *Budget { return &Budget{all: all} }

// Spend takes n bytes, in any case, and reports whether the crawl then holds at most
// three times the free memory. So one crawl alone gets three quarters of all, and each
// of several large ones gets less.
func (b *Budget) Spend(n int64) bool {
	ours, all := b.spent.Add(n), b.all.spent.Add(n)
	return ours <= 3*(b.all.total-all)
}

// TrySpend is Spend, but takes nothing if it reports false.
func (b *Budget) TrySpend(n int64) bool {
	ok := b.Spend(n)
	if !ok {
		b.Restore(n)
	}
	return ok
}

// Restore gives bytes back.
func (b *Budget) Restore(n int64) {
	b.spent.Add(-n)
	b.all.spent.Add(-n)
}

// Close gives all back.
func (b *Budget) Close() { b.all.spent.Add(-b.spent.Swap(0)) }
