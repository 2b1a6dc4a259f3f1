-- Mail by envelope sender: how much, to how many, what was refused, with attachments.
--
-- :domain text = null      Only senders of this domain.
-- :limit integer = 100     Rows at most.
with mail as (
  select *, lower(substr(mail_from, instr(mail_from, '@') + 1)) as domain
  from smtp where mail_from is not null
), recipient as (
  select mail.mail_from, count(distinct lower(r.value)) as recipients,
    count(distinct case when lower(r.value) not like '%@' || mail.domain then lower(r.value) end) as outside_recipients
  from mail, json_each(mail.rcpt_to) as r
  group by mail.mail_from
)
select case mail.mail_from when '' then '<>' else mail.mail_from end as sender, count(*) as mails, sum(outcome = 'accepted') as accepted,
  sum(outcome = 'refused') as refused, coalesce(max(r.recipients), 0) as recipients, coalesce(max(r.outside_recipients), 0) as outside_recipients,
  sum(message_bytes) as message_bytes, sum(attachment_count) as attachments, count(distinct client_ip) as clients,
  sum(tls) as over_tls, min(ts) as first, max(ts) as last
from mail left join recipient r on r.mail_from = mail.mail_from
where :domain is null or mail.domain = lower(:domain)
group by mail.mail_from
order by mails desc, sender
limit coalesce(:limit, 100);
