-- The row of the customer's own table in which a session is kept too, where one is mapped.
ALTER TABLE sessions ADD COLUMN card_row TEXT;
