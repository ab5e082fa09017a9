# What dbmss and REAT give for the plants of tables.py. Rscript produce_plants.R FOLDER [SOURCES] (see produce_plants.py)
# FOLDER holds plants.csv and distances.csv; SOURCES, if given, the sources of dbmss in dbmss/ and of REAT in REAT/, which
# are then read instead of installed packages.
args <- commandArgs(trailingOnly = TRUE)
suppressWarnings(suppressPackageStartupMessages({ library(jsonlite); library(spatstat.explore); library(spatstat.geom) }))
versions <- list()
if (length(args) > 1) {
  Sys.setenv(PKG_LIBS = "-ltbb")
  invisible(capture.output(Rcpp::sourceCpp(file.path(args[2], "dbmss/src/CountNbd.cpp"))))
  for (f in c("Kdhat", "Mhat", "wmppp")) source(file.path(args[2], "dbmss/R", paste0(f, ".R")))
  for (f in c("ellison.a", "ellison.a2", "ellison.c", "ellison.c2", "herf")) source(file.path(args[2], "REAT/R", paste0(f, ".R")))
  for (p in c("dbmss", "REAT")) versions[[p]] <- read.dcf(file.path(args[2], p, "DESCRIPTION"))[1, "Version"]
} else {
  library(dbmss); library(REAT)
  for (p in c("dbmss", "REAT")) versions[[p]] <- as.character(packageVersion(p))
}
d <- read.csv(file.path(args[1], "plants.csv"))
r <- read.csv(file.path(args[1], "distances.csv"))$distance
X <- suppressWarnings(wmppp(data.frame(X = d$x, Y = d$y, PointType = d$activity, PointWeight = d$size), owin(c(0, 100), c(0, 100))))
types <- sort(unique(d$activity))
out <- list()
for (type in types) {
  for (weighted in c(FALSE, TRUE)) {
    name <- paste0(type, if (weighted) ".weighted" else "")
    out[[paste0("kd.", name)]] <- Kdhat(X, r, type, Weighted = weighted, CheckArguments = FALSE)$Kd
    Y <- X
    if (!weighted) marks(Y)$PointWeight <- 1
    out[[paste0("m.", name)]] <- as.vector(Mhat(Y, r, type, CheckArguments = FALSE)$M)
    out[[paste0("m.of.a0.", name)]] <- as.vector(Mhat(Y, r, type, "a0", CheckArguments = FALSE)$M)
  }
}
a <- ellison.a2(d$size, d$activity, d$place, print.results = FALSE)
out[["ellison.a2"]] <- as.vector(t(a))
out[["ellison.c2"]] <- as.vector(ellison.c2(d$size, d$activity, d$place, print.results = FALSE))
out[["versions"]] <- versions
write_json(out, file.path(args[1], "answers.json"), digits = NA, auto_unbox = FALSE, na = "null")
