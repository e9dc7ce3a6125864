package fold_test

import (
	"fmt"

	"trawl/search/fold"
)

func ExampleString() {
	fmt.Println(fold.String("Café"), fold.String("Straße"), fold.String("Ａ１"))
	// Output: cafe strasse a1
}
