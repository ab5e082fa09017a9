# What REAT gives for one table. Rscript produce_reat.R FOLDER (see produce_reat.py)
# FOLDER holds x.csv and then.csv (places by activities, now and one period on) and income.csv; the answers go to
# answers.json, row by row.
args <- commandArgs(trailingOnly = TRUE)
suppressWarnings(suppressPackageStartupMessages({ library(jsonlite); library(REAT) }))
read <- function(name) as.matrix(read.csv(file.path(args[1], name), row.names = 1, check.names = FALSE))
x <- read("x.csv"); then <- read("then.csv"); income <- read("income.csv")[, 1]
places <- seq_len(nrow(x)); activities <- seq_len(ncol(x))
shifted <- function(method) {
  sapply(places, function(p) {
    found <- shift(x[p, ], then[p, ], colSums(x), colSums(then), shift.method = method, print.results = FALSE)
    found$components[2:if (method == "Dunn") 4 else 5, 1]
  })
}
of_activities <- function(f) sapply(activities, function(a) f(x[, a]))
out <- list(
  shift_dunn = as.vector(t(shifted("Dunn"))),
  shift_esteban = as.vector(t(shifted("Esteban"))),
  gini = of_activities(gini),
  gini_norm = of_activities(function(v) gini(v, coefnorm = TRUE)),
  gini_conc = of_activities(function(v) gini.conc(v, rowSums(x))),
  herf = of_activities(herf),
  herf_norm = of_activities(function(v) herf(v, coefnorm = TRUE)),
  hoover = of_activities(function(v) hoover(v, ref = income)),
  gini_spec = sapply(places, function(p) gini.spec(x[p, ], colSums(x))),
  krugman_spec = as.vector(sapply(places, function(p) sapply(places, function(q) krugman.spec(x[p, ], x[q, ]))))
)
out[["version"]] <- as.character(packageVersion("REAT"))
write_json(out, file.path(args[1], "answers.json"), digits = NA, auto_unbox = FALSE, na = "null")
