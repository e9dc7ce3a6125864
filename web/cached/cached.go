// Package cached keeps values that cost too much to make for each request.
package cached

import (
	"sync"
	"time"
)

// Value is made again when it is older than its age. Several goroutines may use it.
type Value[T any] struct {
	age time.Duration

	mu    sync.Mutex // guards the rest; the value is made under it, once for all who wait
	value T
	until time.Time
}

// For returns a value that is kept for so long.
func For[T any](age time.Duration) *Value[T] { return &Value[T]{age: age} }

// Get returns the value. One that could not be made is not kept.
func (c *Value[T]) Get(create func() (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.until) {
		return c.value, nil
	}
	value, err := create()
	if err != nil {
		return value, err
	}
	c.value, c.until = value, time.Now().Add(c.age)
	return value, nil
}
