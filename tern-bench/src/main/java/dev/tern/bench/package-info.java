/// JMH microbenchmarks of the kernels, for choosing between implementations on one machine in one
/// run.
///
/// Figures that users see come from `tern bench`, which measures whole models. Run with `java
/// --add-modules jdk.incubator.vector -cp ... org.openjdk.jmh.Main TernaryLinear -p
/// kernels=X86,VECTOR,SCALAR`.
///
/// `ServerLoad` is another kind of program: it keeps a running server busy and counts what it gets.
///
/// Not null-marked: JMH fills the fields of its states.
package dev.tern.bench;
