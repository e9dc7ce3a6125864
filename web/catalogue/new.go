package catalogue

import (
	"context"
	"io/fs"
	"time"
)

// newNode returns what is below new/.
func (t *tree) newNode(ctx context.Context, list []string) (*node, error) {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	if len(list) == 0 {
		all := []info{textInfo(readme, newText)}
		for n := range newest {
			day := today.AddDate(0, 0, -n)
			all = append(all, folderInfo(day.Format(dayForm), day))
		}
		return folder(all), nil
	}
	if list[0] == readme && len(list) == 1 {
		return text(newText), nil
	}
	day, err := time.Parse(dayForm, list[0])
	if err != nil || day.Format(dayForm) != list[0] {
		return nil, fs.ErrNotExist
	}
	n, err := t.resultNode(ctx, request{day: list[0], limit: t.opt.Limits.Results}, list[1:])
	if err == nil && len(list) == 1 {
		n.time = day
	}
	return n, err
}
