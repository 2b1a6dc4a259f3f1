-- SIP calls: who called whom, what came of it, how long it rang and lasted, who hung up.
--
-- One row for a call that is heard twice, before and behind a proxy: those with the same Call-ID are one. Its end is known where BYE was seen.
--
-- :party text = null       Only calls from or to addresses that contain this.
-- :limit integer = 200     Rows at most.
with attempt as (
  select call_id, id, ts, from_uri, to_uri, client_ip, call_outcome, code, status_phrase, ringing_ns, answer_ns, codecs, user_agent, tx, frames,
    row_number() over (partition by call_id order by call_outcome = 'challenged', id) as place, count(*) over (partition by call_id) as invites
  from sip where method = 'INVITE' and coalesce(in_dialog, 0) = 0
), ending as (
  select call_id, call_duration_ns, released_by, reason, row_number() over (partition by call_id order by id) as place from sip where method = 'BYE'
)
select a.ts, a.from_uri, a.to_uri, a.call_outcome as outcome, a.code, a.status_phrase, round(a.ringing_ns / 1000000.0, 1) as ringing_after_ms, round(a.answer_ns / 1000000.0, 1) as answered_after_ms,
  round(e.call_duration_ns / 1000000000.0, 3) as seconds, e.released_by, e.reason, a.client_ip, a.codecs, a.user_agent, a.invites, a.call_id, a.tx, a.frames
from attempt a left join ending e on e.call_id = a.call_id and e.place = 1
where a.place = 1
  and (:party is null or instr(a.from_uri, :party) > 0 or instr(a.to_uri, :party) > 0)
order by a.id
limit coalesce(:limit, 200);
