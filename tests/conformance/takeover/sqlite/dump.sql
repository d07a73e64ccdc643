BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('e54cb7243ec9');
CREATE TABLE users (
	id INTEGER NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	hashed_password VARCHAR(128) NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	created_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "users" VALUES(1,'ada@example.com','$2b$12$SBqTtojp.vNFtAx1bN84Z.rV6VLHhUhDewQ/OxLHXf0D1ZSIwIzuC',1,'2026-11-26 15:12:05');
INSERT INTO "users" VALUES(2,'Grace.Hopper@example.com','$2b$12$A8l2Y3wa2wKuTEK8WWXt2.tGEi0faa1xKuLZDrBrigzhv.giABRhS',1,'2026-11-26 15:12:05');
INSERT INTO "users" VALUES(3,'kurz@example.com','$2b$12$Xm7WX2wribDarWgoDtLpV.c0E9EHEU06v/phCx8yu2nKsR0Xusu5G',1,'2026-11-26 15:12:06');
INSERT INTO "users" VALUES(4,'josé@example.com','$2b$12$73d33t5ZOFz5smc2tq5LZe7U5DGbREkGbzmWzTGEZc2SHmJ73SUTu',1,'2026-11-26 15:12:07');
INSERT INTO "users" VALUES(5,'long@example.com','$2b$12$WyzPzBxqVz03KOi6mcUPP.74.8vQg1A0DdbPN9NLAvc76IRjR8qKG',1,'2026-11-26 15:12:08');
CREATE UNIQUE INDEX ix_users_email ON users (email);
COMMIT;
