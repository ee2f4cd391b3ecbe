package domain_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestJudge(t *testing.T) {
	now := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	backup := func(d time.Duration) domain.BackupSummary { return domain.BackupSummary{CreatedAt: ago(d)} }
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		objectives domain.Objectives
		vitals     domain.Vitals
		light      domain.Light
		reason     string
	}{
		"fresh":                 {domain.Objectives{RecoveryPoint: day}, domain.Vitals{LastBackup: backup(time.Hour)}, domain.Green, "60 min old, allowed are 24 h"},
		"just in time":          {domain.Objectives{RecoveryPoint: day}, domain.Vitals{LastBackup: backup(day)}, domain.Green, "24 h old"},
		"just too late":         {domain.Objectives{RecoveryPoint: day}, domain.Vitals{LastBackup: backup(day + time.Second)}, domain.Yellow, "24 h old"},
		"twice":                 {domain.Objectives{RecoveryPoint: day}, domain.Vitals{LastBackup: backup(2 * day)}, domain.Yellow, "2 d old"},
		"more than twice":       {domain.Objectives{RecoveryPoint: day}, domain.Vitals{LastBackup: backup(2*day + time.Second)}, domain.Red, "2 d old"},
		"never":                 {domain.Objectives{RecoveryPoint: day}, domain.Vitals{}, domain.Red, "there is no good backup"},
		"a little ahead":        {domain.Objectives{RecoveryPoint: day}, domain.Vitals{LastBackup: backup(-time.Minute)}, domain.Green, "0.0 s old"},
		"quick restore":         {domain.Objectives{RecoveryTime: time.Minute}, domain.Vitals{RestoreTime: 3200 * time.Millisecond}, domain.Green, "takes 3.2 s, allowed are 1 min"},
		"slow restore":          {domain.Objectives{RecoveryTime: time.Minute}, domain.Vitals{RestoreTime: 90 * time.Second}, domain.Yellow, "takes 1 min"},
		"far too slow":          {domain.Objectives{RecoveryTime: time.Minute}, domain.Vitals{RestoreTime: 3 * time.Minute}, domain.Red, "takes 3 min"},
		"restore never tried":   {domain.Objectives{RecoveryTime: time.Minute}, domain.Vitals{}, domain.Red, "no proof has measured"},
		"old proof":             {domain.Objectives{ProofAge: day}, domain.Vitals{LastProof: ago(36 * time.Hour)}, domain.Yellow, "proof of a restore is 36 h old"},
		"old drill":             {domain.Objectives{DrillAge: day}, domain.Vitals{LastDrill: ago(3*day + 4*time.Hour)}, domain.Red, "drill that passed is 3 d 4 h old"},
		"nothing sent anywhere": {domain.Objectives{OffsiteAge: day}, domain.Vitals{}, domain.Red, "there is no copy off site"},
	} {
		t.Run(name, func(t *testing.T) {
			c.vitals.At = now
			list := c.objectives.Judge(c.vitals)
			require.Len(t, list, 1, "only what is asked for is judged")
			assert.Equal(t, c.light, list[0].Light)
			assert.Contains(t, list[0].Reason, c.reason)
			assert.Equal(t, c.light == domain.Green, list[0].Remedy == "", list[0].Remedy)
			assert.Equal(t, c.light, domain.Worst(list))
		})
	}
}

func TestWorst(t *testing.T) {
	assert.Equal(t, domain.Green, domain.Worst(nil))
	assert.Equal(t, domain.Red, domain.Worst([]domain.Verdict{{Light: domain.Red}, {Light: domain.Yellow}, {Light: domain.Green}}))
	assert.Equal(t, domain.Yellow, domain.Worst([]domain.Verdict{{Light: domain.Green}, {Light: domain.Yellow}}))
}

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		err             error
		problem, remedy string
	}{
		"none":     {nil, "", ""},
		"plain":    {errors.New("it\nbroke"), "it broke", ""},
		"hinted":   {domain.Unavailable("the disk is full").WithHint("make room"), "the disk is full", "make room"},
		"wrapped":  {fmt.Errorf("create backup: %w", domain.Unavailable("full").Because(errors.New("ENOSPC")).WithHint("make room")), "create backup: full: ENOSPC", "make room"},
		"nameless": {errors.New(""), "it failed, and did not say why", ""},
	} {
		t.Run(name, func(t *testing.T) {
			problem, remedy := domain.Explain(c.err)
			assert.Equal(t, c.problem, problem)
			assert.Equal(t, c.remedy, remedy)
			r := domain.JobReport{Job: domain.JobBackup}.Failed(c.err)
			assert.Equal(t, c.err == nil, r.OK())
		})
	}
}
