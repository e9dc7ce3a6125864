package fetch_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain sees to it that no goroutine is left.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
