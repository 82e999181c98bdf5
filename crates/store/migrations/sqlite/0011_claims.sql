-- Since when an account has had an address that nobody has shown to be theirs: its own signup, or a change without mail.
ALTER TABLE user_state ADD COLUMN claimed_at INTEGER;
-- The row of the customer's own table in which an API key is kept too, where one is mapped.
ALTER TABLE api_keys ADD COLUMN card_row TEXT;
