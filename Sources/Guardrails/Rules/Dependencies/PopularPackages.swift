/// Names that typing errors aim at: packages that very many projects use.
enum PopularPackages {
    static func names(in ecosystem: DependencyFile.Ecosystem) -> Set<String> {
        switch ecosystem {
        case .npm: npm
        case .pypi: pypi
        case .cargo: cargo
        case .rubygems: rubygems
        case .go, .composer, .maven, .swift: []
        }
    }

    private static let npm: Set<String> = [
        "angular", "async", "autoprefixer", "aws-sdk", "axios", "babel-core", "babel-loader",
        "bluebird", "body-parser", "bootstrap", "chai", "chalk", "cheerio", "chokidar",
        "classnames", "colors", "commander", "concurrently", "cookie-parser", "core-js", "cors",
        "cross-env", "cross-spawn", "css-loader", "dayjs", "debug", "dotenv", "electron", "esbuild",
        "eslint", "eventemitter3", "execa", "express", "fs-extra", "glob", "got", "graphql", "gulp",
        "handlebars", "helmet", "http-proxy", "husky", "immer", "inquirer", "ioredis", "jest",
        "joi", "jquery", "js-yaml", "jsdom", "jsonwebtoken", "knex", "koa", "less", "lint-staged",
        "lodash", "luxon", "marked", "material-ui", "mime", "minimist", "mkdirp", "mocha", "moment",
        "mongodb", "mongoose", "morgan", "mysql", "mysql2", "nanoid", "next", "node-fetch",
        "node-sass", "nodemailer", "nodemon", "nuxt", "passport", "postcss", "prettier", "prisma",
        "prop-types", "puppeteer", "qs", "react", "react-dom", "react-redux", "react-router",
        "react-router-dom", "redis", "redux", "request", "rimraf", "rollup", "rxjs", "sass",
        "semver", "sequelize", "sharp", "sinon", "socket.io", "styled-components", "superagent",
        "supertest", "svelte", "tailwindcss", "terser", "three", "ts-jest", "ts-node", "tslib",
        "typescript", "underscore", "uuid", "validator", "vite", "vitest", "vue", "webpack",
        "webpack-cli", "winston", "yargs", "zod", "zustand",
    ]

    private static let pypi: Set<String> = [
        "aiohttp", "alembic", "asyncio", "attrs", "beautifulsoup4", "black", "boto3", "botocore",
        "cachetools", "celery", "certifi", "cffi", "chardet", "charset-normalizer", "click",
        "colorama", "coverage", "cryptography", "cython", "dask", "decorator", "discord-py",
        "django", "djangorestframework", "docker", "docutils", "fastapi", "flake8", "flask",
        "gunicorn", "httpx", "hypothesis", "idna", "ipython", "isort", "jinja2", "jsonschema",
        "jupyter", "keras", "langchain", "lxml", "markdown", "markupsafe", "matplotlib", "mypy",
        "nltk", "numba", "numpy", "oauthlib", "openai", "opencv-python", "openpyxl", "orjson",
        "packaging", "pandas", "paramiko", "passlib", "pillow", "pip", "plotly", "poetry",
        "protobuf", "psutil", "psycopg2", "psycopg2-binary", "pyasn1", "pycparser", "pycryptodome",
        "pydantic", "pygments", "pyjwt", "pylint", "pymongo", "pymysql", "pyopenssl", "pyparsing",
        "pytest", "pytest-cov", "python-dateutil", "python-dotenv", "pytz", "pyyaml", "redis",
        "regex", "requests", "rich", "ruff", "scikit-learn", "scipy", "scrapy", "seaborn",
        "selenium", "sentry-sdk", "setuptools", "six", "sphinx", "sqlalchemy", "starlette",
        "tabulate",
        "tensorflow", "toml", "torch", "torchvision", "tornado", "tox", "tqdm", "transformers",
        "twine", "typer", "typing-extensions", "urllib3", "uvicorn", "virtualenv", "websockets",
        "werkzeug", "wheel", "xmltodict",
    ]

    private static let cargo: Set<String> = [
        "actix-web", "anyhow", "async-trait", "axum", "base64", "bitflags", "bytes", "chrono",
        "clap", "crossbeam", "diesel", "futures", "hyper", "indexmap", "itertools", "lazy_static",
        "libc", "log", "nom", "num-traits", "once_cell", "parking_lot", "proc-macro2", "prost",
        "quote", "rand", "rayon", "regex", "reqwest", "rocket", "rustls", "serde", "serde_json",
        "serde_yaml", "sha2", "smallvec", "sqlx", "syn", "tempfile", "thiserror", "tokio", "toml",
        "tonic", "tower", "tracing", "url", "uuid", "warp",
    ]

    private static let rubygems: Set<String> = [
        "activerecord", "activesupport", "aws-sdk", "bundler", "capybara", "devise", "faraday",
        "httparty", "jekyll", "jwt", "minitest", "mysql2", "nokogiri", "pry", "puma", "rack",
        "rails", "rake", "redis", "rest-client", "rspec", "rubocop", "sidekiq", "sinatra",
        "thor", "webmock",
    ]
}
