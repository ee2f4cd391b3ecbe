package app

import (
	"errors"
	"io"
	"log/slog"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
)

const masked = "********"

// load reads the configuration and checks it against the rules of the domain.
func load(f cli.Flags) (*configs.Settings, domain.RankingWeights, error) {
	s, err := configs.Load(configs.Options{File: f.Config, Flags: f.Values})
	if err != nil {
		return nil, domain.RankingWeights{}, configurationError(err)
	}
	w := domain.RankingWeights(s.Rank)
	if err := w.Validate(); err != nil {
		return nil, w, located(err, s)
	}
	if _, err := schedules(s); err != nil {
		return nil, w, err
	}
	return s, w, nil
}

// configurationError turns what configs found wrong into an error of the domain.
func configurationError(err error) error {
	var c *configs.Error
	if !errors.As(err, &c) {
		return err
	}
	e := domain.Invalid("%s", c.Message()).WithField(c.Key).Because(c.Err)
	e.Hint = c.Hint
	if c.Unknown != "" {
		e.Nearest = domain.Nearest(c.Unknown, c.Known)
		e.Hint = domain.DidYouMean(e.Nearest)
		if e.Hint == "" {
			e.Hint = "list the known ones with: atocore config --example"
		}
	}
	return e
}

// located adds to an error about a configured value where that value came from.
func located(err error, s *configs.Settings) error {
	var e *domain.Error
	if !errors.As(err, &e) || e.Field == "" {
		return err
	}
	if origin := s.Origin(e.Field); origin.Source != "" {
		e.Message += ", from " + origin.String()
	}
	return e
}

// configuration is what `atocore config` shows.
func configuration(f cli.Flags) (cli.Configuration, error) {
	s, _, err := load(f)
	if err != nil {
		return cli.Configuration{}, err
	}
	c := cli.Configuration{File: s.File}
	for _, v := range s.Values() {
		text := v.Text
		if v.Key.Secret && text != "" {
			text = masked
		}
		c.Values = append(c.Values, cli.SettingValue{
			Key: v.Key.Name, Value: text, Source: string(v.Origin.Source), Origin: v.Origin.String(),
		})
	}
	return c, nil
}

// settingFlags describes to the command line what can be configured.
func settingFlags() []cli.Setting {
	var out []cli.Setting
	for _, k := range configs.Keys() {
		set := cli.Setting{
			Key: k.Name, Flag: k.Flag(), Type: string(k.Kind), Range: k.Range(),
			Default: k.Default, Meaning: k.Meaning,
		}
		if k.NoFlag {
			set.Flag = ""
		}
		out = append(out, set)
	}
	return out
}

func logger(w io.Writer, c configs.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
