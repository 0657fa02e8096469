CREATE TABLE letters(text TEXT);
