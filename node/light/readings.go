package light

import (
	"cmp"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

// reading judges a reading and, if it is accepted, puts it into the open batch. The reply is released when it is on disk.
func (m *Machine) reading(now uint64, in engine.Reading, out *Effects) error {
	r := in.Reading.Reading()
	d := m.devices.byKey[r.Device()]
	if refusal := m.judgeReading(cmp.Or(in.At, now), d, r); refusal != nil {
		m.refuseReading(d, r, refusal, out)
		out.reply(in.Ticket, refusal, dag.ID{})
		return nil
	}
	missed := r.Seq() - m.nextSeq(d)
	accept(d, r.Seq(), missed, now)
	m.totals.Stored++
	m.storage.Put(readingKey(m.batch.number, uint64(m.batch.Len())), r.Raw())
	m.batch.Add(now, r)
	out.notice(engine.ReadingStored{Device: d.Key, Name: d.Name, Seq: r.Seq(), Missed: missed})
	out.reply(in.Ticket, nil, dag.ID{})
	if m.batch.Full(m.config.Policy.BatchCount) {
		return m.closeBatch(now)
	}
	return nil
}

// accept notes the newest reading of a device.
func accept(d *engine.Device, seq, missed, now uint64) {
	if missed > 0 {
		d.Missed += missed
		d.Gaps = append(d.Gaps, engine.Gap{First: seq - missed, Last: seq - 1})
		d.Gaps = d.Gaps[max(0, len(d.Gaps)-gapsKept):]
	}
	d.LastSeq, d.LastAt = seq, now
	d.Stored++
}

// judgeReading says why a reading is not accepted; nil if it is. Now is the time by the wall clock, in ms.
func (m *Machine) judgeReading(now uint64, d *engine.Device, r *reading.Reading) *engine.Refusal {
	p := &m.config.Policy
	switch {
	case d == nil || d.Removed:
		return &engine.Refusal{Code: engine.CodeUnknownDevice, Detail: "the device is not registered with this gateway; register it with: lot device add NAME " + r.Device().String()}
	case m.boundElsewhere(d.Key):
		return &engine.Refusal{Code: engine.CodeBoundElse, Detail: "the ledger binds the device to another gateway; hand it over there first"}
	case r.Seq() < m.nextSeq(d):
		return &engine.Refusal{Code: engine.CodeReplayed, Detail: fmt.Sprintf("sequence number %d was used; the next is %d", r.Seq(), m.nextSeq(d))}
	case r.Seq() > maxSeq:
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: fmt.Sprintf("sequence number %d is above %d, the highest that is taken; correct the device's counter, or give it a new key", r.Seq(), uint64(maxSeq))}
	case r.Time() > now+p.MaxDrift:
		return &engine.Refusal{Code: engine.CodeDrift, Detail: fmt.Sprintf("the reading's time is %d ms ahead of this gateway's clock, %d are allowed; set the device's clock", r.Time()-now, p.MaxDrift)}
	case p.MaxAge != 0 && r.Time()+p.MaxAge < now:
		return &engine.Refusal{Code: engine.CodeDrift, Detail: fmt.Sprintf("the reading is %d ms old, %d are allowed; set the device's clock", now-r.Time(), p.MaxAge)}
	case m.disk.Full:
		return &engine.Refusal{Code: engine.CodeDiskFull, Detail: m.disk.Why}
	case m.queue.len() >= p.OutboxLimit:
		return m.crowded()
	}
	return nil
}

func (m *Machine) refuseReading(d *engine.Device, r *reading.Reading, refusal *engine.Refusal, out *Effects) {
	m.totals.Refused++
	n := engine.ReadingRefused{Device: r.Device(), Seq: r.Seq(), Refusal: refusal}
	if d != nil {
		d.Refused++
		d.Refusal = refusal.Error()
		n.Name = d.Name
	}
	out.notice(n)
}

// Totals returns what was counted since this gateway was first started.
func (m *Machine) Totals() engine.Totals { return m.totals }
