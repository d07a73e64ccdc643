--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id integer NOT NULL,
    email character varying(320) NOT NULL,
    hashed_password character varying(128) NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: users_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.users_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: users_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;


--
-- Name: users id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('023a7adc38dd');


--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.users VALUES (1, 'ada@example.com', '$2b$12$2OPSLpFFCH5QX63/TsD3KeFMe1VY7/TO9ZMIr2eHj1VFRWhIIn8Va', true, '2026-11-26 15:11:54.385158+00');
INSERT INTO public.users VALUES (2, 'Grace.Hopper@example.com', '$2b$12$jc01oKaWWpy4jzsvrtXkcuFDRJJXrR3jBRuDp48K2u22CtnLJp2x.', true, '2026-11-26 15:11:55.229221+00');
INSERT INTO public.users VALUES (3, 'kurz@example.com', '$2b$12$v8zRuCWdxCpOy60Tprnyg.FhtERn34ryGf7wMbsrC43ATJJ9ym6QW', true, '2026-11-26 15:11:56.008351+00');
INSERT INTO public.users VALUES (4, 'josé@example.com', '$2b$12$m1MvANoocic4ZwmfTzgdnuBJzLsf7z6K06HCfFqKELyPzCt..ipLi', true, '2026-11-26 15:11:56.832225+00');
INSERT INTO public.users VALUES (5, 'long@example.com', '$2b$12$jWBrX/R28BXOvGH6AjmGJOgzMdaXdISpDnqUs84sHwTvLdfqIqd62', true, '2026-11-26 15:11:57.639721+00');


--
-- Name: users_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.users_id_seq', 5, true);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: ix_users_email; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_users_email ON public.users USING btree (email);


--
-- PostgreSQL database dump complete
--


