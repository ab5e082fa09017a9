# What EconGeo and economiccomplexity give for one table. Rscript produce_r.R FOLDER (see produce_r.py)
# FOLDER holds x.csv and then.csv (the values now and one period on), income.csv; the answers go to answers.json, row by row.
# EconGeo rounds many of its answers: every function is also run with round() replaced by the identity, so that definitions
# can be compared; those answers carry its plain name, the rounded ones end in ".rounded".
args <- commandArgs(trailingOnly = TRUE)
suppressWarnings(suppressPackageStartupMessages({ library(Matrix); library(jsonlite); library(EconGeo) }))
read <- function(name) {
  as.matrix(read.csv(file.path(args[1], name), row.names = 1, check.names = FALSE))
}
x <- read("x.csv"); then <- read("then.csv"); income <- read("income.csv")[, 1]
flat <- function(v) {
  if (is.data.frame(v)) v <- v[[ncol(v)]]
  as.vector(t(as.matrix(v)))
}
out <- list()
keep <- function(name, code) {
  got <- tryCatch(list(values = flat(suppressWarnings(suppressMessages(code())))),
                  error = function(e) list(error = substr(conditionMessage(e), 1, 200)))
  out[[name]] <<- got
}

exact <- new.env(parent = asNamespace("EconGeo"))
exact$round <- function(x, ...) x
for (name in ls(asNamespace("EconGeo"))) {
  f <- get(name, asNamespace("EconGeo"))
  if (is.function(f)) { environment(f) <- exact; assign(name, f, envir = exact) }
}
m <- (location_quotient(x) >= 1) * 1
m2 <- (location_quotient(then) >= 1) * 1
for (way in c("", ".rounded")) {
  e <- if (way == "") exact else asNamespace("EconGeo")
  k <- function(name, code) keep(paste0("EconGeo.", name, way), code)
  cooc <- e$co_occurrence(t(m))
  phi <- e$relatedness(cooc, "prob")
  if (way == "") {
    k("co_occurrence", function() cooc)
    for (method in c("prob", "association", "cosine", "jaccard")) {
      k(paste0("relatedness_", method), function() e$relatedness(cooc, method))
    }
    k("location_quotient", function() e$location_quotient(x))
    k("location_quotient_avg", function() e$location_quotient_avg(x))
    k("krugman_index", function() e$krugman_index(x))
    k("spec_coeff", function() e$spec_coeff(x))
    k("hachman", function() e$hachman(x))
    k("herfindahl", function() e$herfindahl(x))
    k("locational_gini", function() e$locational_gini(x))
    k("diversity", function() e$diversity(x, rca = TRUE))
    k("ubiquity", function() e$ubiquity(x, rca = TRUE))
    k("morc", function() e$morc(m, steps = 20))
    k("mort", function() e$mort(m, steps = 19))
    k("weighted_avg", function() e$weighted_avg(x, seq_len(ncol(x))))
    k("z_score", function() e$z_score(m))
    k("entry_mat", function() e$entry_mat(m, m2))
    k("exit_mat", function() e$exit_mat(m, m2))
    k("lorenz_curve", function() e$lorenz_curve(x[, 1, drop = FALSE], plot = FALSE)$cum.out)
    k("hoover_curve", function() e$hoover_curve(x[, 1, drop = FALSE], income, plot = FALSE)$cum.out)
  }
  k("rca", function() e$rca(x))
  k("rca_binary", function() e$rca(x, binary = TRUE))
  k("entropy", function() e$entropy(x))
  k("gini", function() e$gini(x))
  k("hoover_gini", function() e$hoover_gini(x, income))
  k("hoover_index", function() e$hoover_index(x, income))
  k("norm_ubiquity", function() e$norm_ubiquity(x))
  k("inv_norm_ubiquity", function() e$inv_norm_ubiquity(x))
  k("prody", function() e$prody(x, income))
  k("expy", function() e$expy(x, income))
  k("kci", function() e$kci(m))
  k("tci", function() e$tci(m))
  k("growth_ind", function() e$growth_ind(x, then))
  k("growth_reg", function() e$growth_reg(x, then))
  k("growth_mat", function() e$growth_mat(x, then))
  k("relatedness_density", function() e$relatedness_density(m, phi))
  k("relatedness_density_int", function() e$relatedness_density_int(m, phi))
  k("relatedness_density_ext", function() e$relatedness_density_ext(m, phi))
  k("relatedness_density_int_avg", function() e$relatedness_density_int_avg(m, phi))
  k("relatedness_density_ext_avg", function() e$relatedness_density_ext_avg(m, phi))
  k("ease_recombination", function() e$ease_recombination(t(m)))
  k("modular_complexity", function() e$modular_complexity(t(m)))
  k("modular_complexity_avg", function() e$modular_complexity_avg(t(m)))
}

if (requireNamespace("economiccomplexity", quietly = TRUE)) {
  k <- function(name, code) keep(paste0("economiccomplexity.", name), code)
  ec <- asNamespace("economiccomplexity")
  named <- function(matrix) matrix + 0
  k("balassa_index", function() ec$balassa_index(named(x), discrete = FALSE))
  found <- tryCatch(ec$complexity_measures(named(m), method = "eigenvalues"), error = function(e) NULL)
  k("eci", function() found$complexity_index_country[rownames(m)])
  k("pci", function() found$complexity_index_product[colnames(m)])
  mirrored <- tryCatch(ec$complexity_measures(named(m), method = "reflections", iterations = 20), error = function(e) NULL)
  k("eci_reflections", function() mirrored$complexity_index_country[rownames(m)])
  k("pci_reflections", function() mirrored$complexity_index_product[colnames(m)])
  fit <- tryCatch(ec$complexity_measures(named(m), method = "fitness", iterations = 20), error = function(e) NULL)
  k("fitness", function() fit$complexity_index_country[rownames(m)])
  near <- ec$proximity(named(m), compute = "product")$proximity_product
  k("proximity", function() near)
  k("density", function() ec$density(named(m), near))
  k("distance", function() ec$distance(named(m), near))
  k("outlook", function() ec$complexity_outlook(named(m), near, found$complexity_index_product)$complexity_outlook_index)
  k("gain", function() ec$complexity_outlook(named(m), near, found$complexity_index_product)$complexity_outlook_gain)
}
versions <- sapply(intersect(c("EconGeo", "economiccomplexity"), rownames(installed.packages())),
                   function(p) as.character(packageVersion(p)))
out[["versions"]] <- as.list(versions)
write_json(out, file.path(args[1], "answers.json"), digits = NA, auto_unbox = FALSE, na = "null")
